"""The command `show`: tell one run from its prompts to its end."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ...errors import BundleError
from ...explore.story.story_data import SMALLEST_STORY_BUDGET, STORY_FORMATS
from ...terminal_text import visible
from ..bundle_command import BundleCommand
from ..dataset_place import dataset_place, open_dataset
from ..output.wording import command_line
from ..shared_options import bundle_or_dataset_argument, timeout_option, verbose_option

if TYPE_CHECKING:
    from ...bundle import DebugBundle
    from ...dataset.dataset_api import Dataset
    from ...explore.story.run_choice import ListedUnit
    from ...explore.story.story_data import Story

_LISTED = 20
_NARROWEST, _USUAL_WIDTH, _WIDEST = 40, 80, 100


@click.command(cls=BundleCommand, short_help="Tell one run from its prompts to its end.")
@bundle_or_dataset_argument
@click.argument("run", required=False)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(STORY_FORMATS),
    default="text",
    show_default=True,
    help="Format of the output.",
)
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(min=SMALLEST_STORY_BUDGET),
    help=f"Print at most N characters (N is at least {SMALLEST_STORY_BUDGET}); see above.",
)
@timeout_option()
@verbose_option
def show(bundle: Path, run: str | None, *, format_name: str, budget: int | None, timeout: float | None) -> None:
    """Tell what happened in RUN: prompts, thoughts, messages, calls with their results, warnings, and why it failed.

    RUN is a run's number, its sample, session, bundle, execution or request id, a session outside of runs, or the
    beginning of an id. Without it, the only run is told; if there are several, they are listed, the failed first.

    With --budget, long texts are cut in the middle, all to the same length, and marked with handles, by which the
    command cell reads the whole. If that is not enough, steps in the middle are left out. The header, the last steps
    and the failure stay, and remarks say what is missing.

    In a dataset (a folder, or a URL such as s3://bucket/dataset), a run's number is that of query, or SHARD:NUMBER, as the
    Parquet files have it.

    On a terminal, the story is shown in a pager.
    """
    from ...explore.story.story_budget import fit_story
    from ...explore.story.story_formats import story_form, written

    with _opened_story(bundle, run, timeout) as story:
        form = story_form(format_name, _width())
        if budget is None:
            _write(written(form, story.header, story.steps), format_name)
        else:
            _write([fit_story(story, form, budget)], format_name, unicode=True)


@contextmanager
def _opened_story(path: Path, run: str | None, timeout: float | None) -> Iterator[Story]:
    """Yield the story of the chosen run, or of the only one, of a bundle or a dataset."""
    from ..opening import opened

    if (place := dataset_place(path)) is not None:
        dataset = open_dataset(place)
        with dataset.show(_only_run(dataset, path) if run is None else run) as story:
            yield story
        return
    with opened(path, timeout=timeout) as source:
        yield _story(source, run, path)


def _only_run(dataset: Dataset, path: Path) -> str:
    """Return the name of the only run of a dataset.

    Raises:
        BundleError: there are no runs.
        UsageError: there are several.
    """
    from ...dataset.partial_bundles.partial_dataset import listed_runs

    only, units = listed_runs(dataset.storage, dataset.commits, _LISTED + 1)
    if only is None:
        _refuse(units, path, f"{dataset.storage.shown}: the dataset")
    return str(only.session_id if only.run_id is None else only.run_id)


def _story(source: DebugBundle, run: str | None, path: Path) -> Story:
    """Return the story of the chosen run, or of the only one.

    Raises:
        BundleError: there is no such run.
        UsageError: none is chosen of several.
    """
    from ...explore.story.reading import read_now
    from ...explore.story.run_choice import listed_units, only_unit
    from ...explore.story.run_story import story_of

    if run is not None:
        return source.show(run)
    connection = source.query("SELECT 1").connection
    unit = read_now(connection, only_unit())
    if unit is None:
        _refuse(read_now(connection, listed_units(_LISTED + 1)), path, f"{source.path}: the bundle")
    return story_of(connection, unit)


def _refuse(units: list[ListedUnit], path: Path, whole: str) -> NoReturn:
    """Say what there is to choose from.

    Raises:
        BundleError: there is nothing.
        UsageError: there is something.
    """
    if not units:
        raise BundleError(f"{whole} has no runs and no sessions")
    for line in _choices(units, path):
        click.echo(line, err=True)
    raise click.UsageError("Choose a RUN: give a number or an id of the list above.")


def _choices(units: list[ListedUnit], path: Path) -> Iterator[str]:
    """Yield a line for each run."""
    name_width = max(len(unit.name) for unit in units)
    result_width = max(len(unit.result or "") for unit in units)
    for unit in units[:_LISTED]:
        parts = [f"{unit.name:{name_width}}", f"{unit.result or '':{result_width}}", unit.label, unit.reason or ""]
        line = visible("  ".join(part for part in parts if part))
        yield line[:_WIDEST].rstrip()
    if len(units) > _LISTED:
        yield "and others; all are in the tables runs and sessions. Those that failed:"
        yield f"  {command_line('query', path, '--name', 'failed-runs')}"


def _write(pieces: Iterable[str], format_name: str, *, unicode: bool = False) -> None:
    """Write the pieces to standard output, through a pager if a person reads them on a terminal.

    Text is in the locale's encoding, as tables are; other formats, and texts whose characters count, are in UTF-8.
    """
    from ..output.output_streams import output_stream

    if format_name != "json" and sys.stdout is not None and sys.stdout.isatty():
        click.echo_via_pager(pieces)
        return
    with output_stream("table" if format_name == "text" else "jsonl", unicode=unicode) as stream:
        for piece in pieces:
            stream.write(piece)


def _width() -> int:
    """Return the width of lines: that of the terminal if it is usual, or what every terminal has."""
    if sys.stdout is None or not sys.stdout.isatty():
        return _USUAL_WIDTH
    return min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
