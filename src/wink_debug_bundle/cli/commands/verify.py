"""`verify`: check a bundle in itself, and against its sources."""

from __future__ import annotations

from pathlib import Path

import click

from ..shared_options import PATH, bundle_argument, timeout_option, verbose_option


@click.command(short_help="Check that a bundle is whole, and holds all of its sources.")
@bundle_argument
@click.option(
    "--against",
    type=PATH,
    metavar="DIRECTORY",
    help="Compare every record and every file with the artifacts in DIRECTORY, or with what extract wrote there.",
)
@timeout_option()
@verbose_option
def verify(bundle: Path, against: Path | None, timeout: float | None) -> None:
    """Check BUNDLE: the database and its schema, every reference, the ledger of every artifact, every stored file.

    The exit code is 1 if anything is wrong; what it is follows with its place. An artifact is proven to the byte if
    it can be made again with the very hash that it had; of the others, which are named, --against compares the values.

    Without --against, a letter is not seen that changed in a record of an artifact that is not proven; nor is one that
    changed in what was drawn from records into other tables (tool calls, prompts, transcripts, failures).
    """
    from ..opening import opened
    from ..output.finding_lines import finding_lines, unproven_lines
    from ..output.output_streams import print_lines
    from ..output.progress_display import byte_bar
    from ..output.wording import counted

    with opened(bundle, timeout=timeout) as source, byte_bar("verifying") as progress:
        result = source.verify(against=against, progress=progress)
    print_lines(finding_lines(result.findings))
    print_lines(unproven_lines(result.unproven))
    compared = "" if against is None else "; all that is in the directory is in the bundle"
    found = counted(len(result.findings), "finding") if result.findings else f"nothing wrong was found{compared}"
    print_lines([f"{counted(result.artifact_count, 'artifact')}, {result.exact_count:,} proven to the byte: {found}"])
    if result.findings:
        raise click.exceptions.Exit(1)
