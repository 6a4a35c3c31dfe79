"""The command `dataset verify`: check a dataset, and compare it with its sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ....terminal_text import visible
from ...shared_options import PLACE, verbose_option


@click.command(short_help="Check a dataset, and compare it with its sources.")
@click.argument("dataset", type=PLACE)
@click.option(
    "--against",
    type=PLACE,
    metavar="SOURCE",
    help="Name each file in the folder SOURCE that the dataset does not have.",
)
@verbose_option
def verify(*, dataset: str, against: str | None) -> None:
    """Check DATASET: that plans and commits agree, that no source is missing or twice, and the hash of each file.

    Each bundle in it is checked as verify checks a bundle. The exit code is 1 if anything is wrong or missing; a line is
    printed for each finding.
    """
    from ....dataset.dataset_api import Dataset
    from ...output.finding_lines import finding_lines
    from ...output.output_streams import print_lines
    from ...output.progress_display import byte_bar
    from ...output.wording import counted

    with byte_bar("verifying") as progress:
        result = Dataset.open(dataset).verify(against=against, progress=progress)
    print_lines(finding_lines(result.findings))
    if result.copied_runs:
        print_lines(_copies(result.copied_runs))
    held = f"{counted(result.shard_count, 'shard')} of {counted(result.source_count, 'source')}"
    checked = f"{counted(result.file_count, 'file')} checked, {counted(result.bundle_count, 'bundle')} among them"
    outcome = counted(len(result.findings), "finding") if result.findings else "nothing wrong was found"
    print_lines([f"{held}: {checked}: {outcome}"])
    if result.findings:
        raise click.exceptions.Exit(1)


def _copies(ids: Sequence[str]) -> Iterator[str]:
    """Say which runs count several times, as copies of them are in several shards."""
    from ...output.wording import counted

    yield f"Copies in several shards: {counted(len(ids), 'run')}; each copy counts:"
    yield from (f"  {visible(each)}" for each in ids)
