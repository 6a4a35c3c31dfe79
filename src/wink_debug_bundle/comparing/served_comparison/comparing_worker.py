"""Make one page about a comparison in a process of its own, which the server can end whatever SQLite is doing.

The bundles may be a stranger's: the process has limits on memory and processor time, and can only read.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import msgspec

from ...database.query_guard import limit_memory
from ...errors import BundleError
from ...explore.costs.price_table import read_prices
from ...explore.outcome import require_outcome
from ...explore.web.sql_processes.sql_worker import exit_with_server, opened_if_same
from ..comparison_data import Comparison
from ..comparison_forms.divergence_blocks import divergence_words
from ..divergence.first_divergence import first_divergence
from ..evaluation_comparison import Comparing, compare_chosen
from ..sample_pairs.attempts import OneRun, read_attempts
from ..sample_pairs.offered_choices import offered_choices
from ..sample_pairs.open_side import OpenSide, reading_side
from ..sample_pairs.pairing import Pair, PairedBy, Sample
from ..sample_pairs.side_choice import Choice, read_groups
from ..side_by_side.comparison_page import MOST_PAIRS, PairForm, page_body
from .page_order import MadePage, OrderedSide, PageOrder
from .sample_list import listed_samples
from .served_links import ServedLinks

HEAP_BYTES = 384 << 20
"""Memory that SQLite may use."""

ADDRESS_SPACE = 1 << 30
"""Bytes of addresses that the process may use; the samples of both sides, and what they used, are in memory."""

PROCESSOR_SECONDS = 60


class _ReplacedError(Exception):
    """The path of a bundle leads to another file."""


def main(order: str, server: int) -> None:
    """Write the page to standard output as JSON.

    Args:
        order: The `PageOrder` as JSON.
        server: Process id of the server, with which this process ends.
    """
    os.nice(1)
    threading.Thread(target=exit_with_server, args=(server,), daemon=True).start()
    with suppress(ValueError, OSError):  # not every system has these limits, or lets them be set
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    limit_memory(HEAP_BYTES)
    page = made_page(msgspec.json.decode(order, type=PageOrder))
    sys.stdout.buffer.write(msgspec.json.encode(page))
    sys.stdout.flush()


def made_page(order: PageOrder) -> MadePage:
    """Return the page, or why it cannot be made."""
    try:
        with _sides(order) as (base, new):
            return _of_runs(base, new, order) if order.base.run is not None else _of_evaluations(base, new, order)
    except _ReplacedError:
        return MadePage(is_replaced=True)
    except BundleError as error:
        return MadePage(error=str(error))
    except MemoryError:
        return MadePage(error="The comparison needs more memory than a page may use.")


@contextmanager
def _sides(order: PageOrder) -> Iterator[tuple[OpenSide, OpenSide]]:
    with ExitStack() as stack:
        sides = [stack.enter_context(_side(each)) for each in (order.base, order.new)]
        yield sides[0], sides[1]


@contextmanager
def _side(ordered: OrderedSide) -> Iterator[OpenSide]:
    """Yield a bundle that is open.

    Raises:
        _ReplacedError: another file is there.
    """
    path = Path(ordered.name)
    connection: sqlite3.Connection | None = opened_if_same(Path(ordered.database), ordered.identity)
    if connection is None:
        raise _ReplacedError
    with closing(connection), reading_side(path, connection) as side:
        require_outcome(connection, path)
        yield side


def _of_evaluations(base: OpenSide, new: OpenSide, order: PageOrder) -> MadePage:
    choices = _choice(base, order.base), _choice(new, order.new)
    comparing = Comparing(read_prices(None), most_divergences=MOST_PAIRS)
    comparison = compare_chosen(base, new, choices, comparing)
    parted = [(flip.pair, flip.divergence) for flip in comparison.flips]
    form = PairForm(base, new, ServedLinks(order.base.home, order.new.home))
    markup = "".join(page_body(comparison, parted, form, "the list of all samples leads to the others"))
    samples = tuple(listed_samples(comparison))
    return MadePage(f"Comparison: {comparison.verdict.word}", markup, samples, _count(comparison))


def _count(comparison: Comparison) -> int:
    pairing = comparison.pairing
    return len(pairing.pairs) + len(pairing.only_base) + len(pairing.only_new)


def _choice(side: OpenSide, ordered: OrderedSide) -> Choice:
    """Return the samples at the position that the order names.

    Raises:
        BundleError: there are fewer.
    """
    has_evaluations, groups = read_groups(side)
    offers = offered_choices(groups, has_evaluations=has_evaluations)
    if ordered.offer is None or ordered.offer >= len(offers):
        raise BundleError(f"{side.path}: has no samples of an evaluation that could be compared")
    return offers[ordered.offer].choice


def _of_runs(base: OpenSide, new: OpenSide, order: PageOrder) -> MadePage:
    pair = Pair(_sample(base, order.base), _sample(new, order.new), PairedBy.SAMPLE)
    divergence = first_divergence(base, new, pair)
    markup = "".join(PairForm(base, new, _RunLinks(order.base.home, order.new.home)).markup([(pair, divergence)]))
    return MadePage(f"{pair.name}: {divergence_words(divergence)}", markup)


def _sample(side: OpenSide, ordered: OrderedSide) -> Sample:
    """Return the sample with that one attempt.

    Raises:
        BundleError: no sample was executed in that run.
    """
    attempts = tuple(read_attempts(side, OneRun(ordered.run or ""), read_prices(None)))
    if not attempts:
        raise BundleError(f"{side.path}: no sample was executed in run {ordered.run!r}")
    first = attempts[0]
    return Sample(first.sample_id or f"run {first.shown_by}", first.experiment, attempts)


class _RunLinks(ServedLinks):
    """The page of two runs leads to the page of each, and has their stories itself."""

    def stories(self, pair: Pair) -> None:
        """Return nothing."""
