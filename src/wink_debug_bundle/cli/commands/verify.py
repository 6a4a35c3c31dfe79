"""The command `verify`: check that a bundle is undamaged, and compare it with its sources."""

from __future__ import annotations

from pathlib import Path

import click

from ..shared_options import PATH, bundle_argument, timeout_option, verbose_option


@click.command(short_help="Check that a bundle is undamaged, and compare it with its sources.")
@bundle_argument
@click.option(
    "--against",
    type=PATH,
    metavar="DIRECTORY",
    help="Compare each record and file with the artifacts in DIRECTORY, or with the files that extract wrote there.",
)
@timeout_option()
@verbose_option
def verify(bundle: Path, against: Path | None, timeout: float | None) -> None:
    """Check BUNDLE: the database and its schema, each reference, the ledger of each artifact, each stored file.

    The exit code is 1 if anything is wrong; a line with its place is printed for each finding. An artifact is proven
    byte for byte if it can be rebuilt with the hash that the original had. The others are named; --against compares
    their values with the original. Of files that are only listed, --against compares the hash.

    Without --against, a changed character goes unnoticed in artifacts not proven byte for byte, and in derived tables
    (tool calls, prompts, transcripts, failures).
    """
    from ..opening import opened
    from ..output.finding_lines import absent_lines, finding_lines, unproven_lines
    from ..output.output_streams import print_lines
    from ..output.progress_display import byte_bar
    from ..output.wording import counted

    with opened(bundle, timeout=timeout) as source, byte_bar("verifying") as progress:
        result = source.verify(against=against, progress=progress)
    print_lines(finding_lines(result.findings))
    print_lines(unproven_lines(result.unproven))
    print_lines(absent_lines(result.absent))
    holds = "holds or lists" if result.listed_count else "holds"
    compared = "" if against is None else f"; the bundle {holds} everything that is in the directory"
    outcome = counted(len(result.findings), "finding") if result.findings else f"nothing wrong was found{compared}"
    listed = f", {result.listed_count:,} listed without their bytes" if result.listed_count else ""
    proven = f"{result.exact_count:,} proven byte for byte{listed}"
    print_lines([f"{counted(result.artifact_count, 'artifact')}, {proven}: {outcome}"])
    if result.findings:
        raise click.exceptions.Exit(1)
