"""The command `verify`: check that a bundle is undamaged, and compare it with its sources."""

from __future__ import annotations

from pathlib import Path

import click

from ..shared_options import PATH, bundle_argument, expansion_option, timeout_option, verbose_option


def _parse_digest(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    from ...database.table_digests import normal_digest

    del context, option
    try:
        return None if value is None else normal_digest(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(short_help="Check that a bundle is undamaged, and compare it with its sources.")
@bundle_argument
@click.option(
    "--against",
    type=PATH,
    metavar="DIRECTORY",
    help="Compare each record and file with the artifacts in DIRECTORY, or at its URL, or with the files that extract"
    " wrote there.",
)
@click.option(
    "--digest",
    metavar="SHA256",
    callback=_parse_digest,
    help="The digest that create printed: compare it with that of the bundle as it is now.",
)
@expansion_option
@timeout_option()
@verbose_option
def verify(
    bundle: Path, against: Path | None, digest: str | None, *, timeout: float | None, max_expansion: int
) -> None:
    """Check BUNDLE: each byte of its file, the rows and the schema, the ledger of each artifact, each stored file.

    The exit code is 1 if anything is wrong; a line with its place is printed for each finding. Rows and schema are
    compared with the hashes that the build stored, so that a change is found wherever it is. Who can write to the bundle
    can change these hashes, too: --digest compares all of them with a digest that you kept elsewhere.

    An artifact is proven byte for byte if it can be rebuilt with the hash that the original had. The others are named;
    --against compares their values with the original. Of files that are only listed, it compares the hash.
    """
    from ..opening import opened
    from ..output.finding_lines import absent_lines, finding_lines, unproven_lines
    from ..output.output_streams import print_lines
    from ..output.progress_display import byte_bar
    from ..output.wording import counted

    with opened(bundle, timeout=timeout) as source, byte_bar("verifying") as progress:
        result = source.verify(against=against, progress=progress, digest=digest, max_expansion=max_expansion)
    print_lines(finding_lines(result.findings))
    print_lines(unproven_lines(result.unproven))
    print_lines(absent_lines(result.absent))
    print_lines(f"Not checked: {remark}" for remark in result.remarks)
    if result.redaction is not None:
        print_lines([f"Note: {result.redaction}"])
    holds = "holds or lists" if result.listed_count else "holds"
    compared = "" if against is None else f"; the bundle {holds} everything that is in the directory"
    outcome = counted(len(result.findings), "finding") if result.findings else f"nothing wrong was found{compared}"
    listed = f", {result.listed_count:,} listed without their bytes" if result.listed_count else ""
    proven = f"{result.exact_count:,} proven byte for byte{listed}"
    print_lines([f"{counted(result.artifact_count, 'artifact')}, {proven}: {outcome}"])
    if result.findings:
        raise click.exceptions.Exit(1)
