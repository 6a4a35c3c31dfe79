"""The public function `compare`: two evaluations side by side."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..database.connection import open_bundle
from ..database.schema_files import SCHEMA_VERSION
from ..errors import BundleError
from ..events import Event, emit
from ..explore.costs.price_table import read_prices
from ..explore.export_file import output_file
from ..explore.outcome import require_outcome
from ..explore.story.run_choice import Unit
from ..explore.suggestions import did_you_mean
from ..packing.bundle_file import BundleFile
from .comparison_data import Comparison, refuse_bundle, sample_names
from .divergence.divergence_data import Divergence
from .divergence.first_divergence import first_divergence
from .evaluation_comparison import Comparing, compare_sides
from .sample_pairs.open_side import OpenSide, reading_side
from .sample_pairs.pairing import Pair, telling_sides
from .sample_pairs.side_choice import Wish
from .side_by_side.comparison_page import MOST_PAIRS, write_page


class OpenBundle(Protocol):
    """A bundle that is open, as `DebugBundle` is."""

    @property
    def path(self) -> Path:
        """Return its file."""
        ...

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection to it."""
        ...


@runtime_checkable
class PartOfRuns(Protocol):
    """Something open like a bundle that has only what is read of all samples, and elsewhere the rest of single runs."""

    def whole(self, units: Sequence[Unit], /) -> sqlite3.Connection:
        """Return a connection to a bundle with the whole story of some runs and sessions."""
        ...


Bundle = OpenBundle | str | os.PathLike[str]
"""An open bundle, or the path of one."""


def compare(
    base: Bundle,
    new: Bundle | None = None,
    *,
    experiment: str | None = None,
    base_experiment: str | None = None,
    new_experiment: str | None = None,
    all_experiments: bool = False,
    base_evaluation: str | None = None,
    new_evaluation: str | None = None,
    pair_by: Sequence[str] = (),
    prices: str | os.PathLike[str] | None = None,
    most_divergences: int | None = 100,
) -> Comparison:
    """Compare two evaluations, sample by sample, with intervals and tests that say what chance may explain.

    Samples are paired by experiment and id, else by their requests. Several experiments of a bundle are never added up
    unless `all_experiments` asks for it.

    Example::

        comparison = wink_debug_bundle.compare("main.db", "branch.db")
        for flip in comparison.flips:
            print(flip.direction, flip.pair.name, flip.reason)

    Args:
        base: The evaluation to compare with: an open bundle, or the path of one, or of a dataset, which may be a URL.
        new: The evaluation to judge; by default it is in the same bundle.
        experiment: Name of the experiment, on both sides.
        base_experiment: Name of the experiment of the base, if it differs.
        new_experiment: Name of the experiment of the new evaluation, if it differs.
        all_experiments: Whether to compare all experiments together, pair by pair.
        base_evaluation: Label, or name, of the evaluation to compare with, if the bundle has several.
        new_evaluation: Label, or name, of the evaluation to judge, if the bundle has several.
        pair_by: JSON paths in the request, like "$.question.id", whose values say which samples are the same.
        prices: A table of prices in JSON; by default the one of the package.
        most_divergences: For how many flips to look for the first step that differs; None for all of them.

    Raises:
        ChoiceError: a bundle has several evaluations or experiments, or not the one that is named; the message says how
            to choose.
        BundleVersionError: an earlier release built a bundle, without the views that this needs.
        BundleError: a bundle cannot be read, or a path in `pair_by` is not one.
    """
    comparing = Comparing(
        read_prices(None if prices is None else Path(prices)),
        Wish("base", base_evaluation, base_experiment or experiment, all_experiments),
        Wish("new", new_evaluation, new_experiment or experiment, all_experiments),
        tuple(pair_by),
        most_divergences,
    )
    with _sides(base, new) as (base_side, new_side):
        return compare_sides(base_side, new_side, comparing)


def diverge(base: Bundle, new: Bundle | None, comparison: Comparison, sample: str) -> tuple[Pair, Divergence | None]:
    """Return the pair of a sample, and the first step at which its two runs differ; None if they do not.

    Example::

        pair, divergence = wink_debug_bundle.diverge("main.db", "branch.db", comparison, "sample-36")

    Args:
        base: The bundle that `comparison` was made with.
        new: The other one.
        comparison: What `compare` returned for them.
        sample: Id of a sample, or the number of a run: of the base, or else of the new evaluation.

    Raises:
        BundleError: no pair has that sample or run, several have, or a bundle cannot be read.
    """
    pair = _pair(comparison, sample)
    with _sides(base, new) as sides:
        return pair, first_divergence(*telling_sides(*sides, [pair]), pair)


def write_comparison_page(
    base: Bundle,
    new: Bundle | None,
    comparison: Comparison,
    output: str | os.PathLike[str],
    *,
    sample: str | None = None,
    replace: bool = True,
) -> Path:
    """Write one self-contained page about a comparison, with both runs of samples that flipped side by side.

    It opens without a server and without a network. The file appears when it is complete.

    Args:
        base: The bundle that `comparison` was made with.
        new: The other one.
        comparison: What `compare` returned for them.
        output: Path of the page.
        sample: Id of the only sample, or number of the run, to show; by default all that flipped, up to 50.
        replace: Whether an existing file may be replaced.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleError: no pair has that sample, or the file cannot be written.
    """
    path = Path(output)
    refuse_bundle(path, comparison)
    if sample is None:
        parted = [(flip.pair, flip.divergence) for flip in comparison.flips]
    else:
        parted = [diverge(base, new, comparison, sample)]
    with _sides(base, new) as sides, output_file(path, sides[0].connection, replace=replace) as stream:
        shown = telling_sides(*sides, [pair for pair, _ in parted[:MOST_PAIRS]])
        write_page(*shown, comparison, parted, stream)
    return path


def _pair(comparison: Comparison, sample: str) -> Pair:
    """Return the pair that a name means.

    Raises:
        BundleError: no pair has it, or several have.
    """
    found = comparison.find_pairs(sample)
    if len(found) == 1:
        return found[0]
    if found:
        runs = ", ".join(
            f"{pair.base.telling.shown_by} ({pair.base.experiment or 'no experiment'})" for pair in found[:5]
        )
        raise BundleError(f"{sample!r} names {len(found)} pairs: give the number of a run of the base: {runs}")
    names = {name for each in comparison.pairing.pairs for name in sample_names(each)}
    raise BundleError(f"no pair has a sample or run called {sample!r}{did_you_mean(sample, names)}")


@contextmanager
def _sides(base: Bundle, new: Bundle | None) -> Iterator[tuple[OpenSide, OpenSide]]:
    """Yield both bundles as sides; those given by their paths are closed after the block."""
    with ExitStack() as stack:
        sides = [stack.enter_context(opened_side(given)) for given in (base, base if new is None else new)]
        yield sides[0], sides[1]


@contextmanager
def opened_side(given: Bundle) -> Iterator[OpenSide]:
    """Yield a bundle as a side; one that is given by its path is closed after the block."""
    with ExitStack() as stack:
        if isinstance(given, str | os.PathLike):
            path = Path(given)
            file = stack.enter_context(closing(BundleFile.open(path)))
            connection = stack.enter_context(closing(open_bundle(file.database, path)))
            emit(Event.OPEN, path=str(path), schema_version=SCHEMA_VERSION)
        else:
            path, connection = given.path, given.connection
        require_outcome(connection, path)
        whole = given.whole if isinstance(given, PartOfRuns) else None
        yield stack.enter_context(reading_side(path, connection, whole))
