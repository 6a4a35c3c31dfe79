"""The command `extract`: write the artifacts of a bundle back as files."""

from __future__ import annotations

from pathlib import Path

import click

from ..shared_options import bundle_argument, expansion_option, path_but_no_stream, timeout_option, verbose_option


@click.command(short_help="Write the artifacts of a bundle back as files.")
@bundle_argument
@click.option(
    "--output",
    "-o",
    type=path_but_no_stream("files cannot be written to standard output"),
    required=True,
    help="Directory to write into, readable by you alone.",
)
@click.option(
    "--force", "-f", is_flag=True, help="Write into a directory that is not empty; replace files of the same names."
)
@expansion_option
@timeout_option()
@verbose_option
def extract(bundle: Path, output: Path, *, force: bool, timeout: float | None, max_expansion: int) -> None:
    """Write each artifact of BUNDLE into the directory --output, under its own name.

    All lines and all other files have the same bytes. Zips have the same members in the same order; they and compressed files are
    compressed again. Nothing is written outside the directory, whatever names the bundle holds.

    The exit code is 1 if something could not be written back unchanged; a line with its place is printed for each.
    """
    from ...terminal_text import visible
    from ..opening import opened
    from ..output.finding_lines import finding_lines
    from ..output.output_streams import print_lines
    from ..output.progress_display import byte_bar
    from ..output.wording import counted, size

    with opened(bundle, timeout=timeout) as source, byte_bar("extracting") as progress:
        result = source.extract(output, force=force, progress=progress, max_expansion=max_expansion)
    print_lines(finding_lines(result.findings))
    exact = f"{result.exact_count:,} of them byte for byte"
    print_lines([f"{visible(str(output))}: {counted(result.file_count, 'file')} ({size(result.size_bytes)}), {exact}"])
    if result.listed_count:
        verb = "was" if result.listed_count == 1 else "were"
        print_lines([f"{result.listed_count:,} that the bundle lists without their bytes {verb} not written"])
    if result.redaction is not None:
        print_lines([f"Note: {result.redaction}"])
    if result.findings:
        raise click.exceptions.Exit(1)
