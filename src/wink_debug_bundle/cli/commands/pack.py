"""The command `pack`: compress a bundle, for storing it and sending it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ..shared_options import bundle_argument, path_but_no_stream, progress_options, verbose_option


@click.command(short_help="Compress a bundle, for storing it and sending it.")
@bundle_argument
@click.option(
    "--output",
    "-o",
    type=path_but_no_stream("a packed bundle cannot be written to standard output"),
    help="Path of the packed bundle.  [default: BUNDLE.zst]",
)
@click.option("--best", is_flag=True, help="Take several times as long, for a smaller file.")
@click.option("--force", "-f", is_flag=True, help="Replace an existing file.")
@progress_options
@verbose_option
def pack(bundle: Path, *, output: Path | None, best: bool, force: bool, progress: str, quiet: bool) -> None:
    """Write BUNDLE as one file compressed with zstd; it is a fifth to a two-hundredth as large, and has a checksum.

    Every command opens a packed bundle like any other: it is unpacked once, into a file in the folder for temporary
    files (TMPDIR) that only you can read, and that is removed at the end. BUNDLE itself stays as it is. The command
    create packs at once if the name of its --output ends in .zst. index and migrate keep a packed bundle packed.
    """
    from ...packing.bundle_file import BundleFile
    from ...pipeline.bundle_packing import pack_bundle
    from ...pipeline.progress import Phase, counting
    from ..output.output_streams import print_lines
    from ..output.packed_lines import packed_lines
    from ..output.progress_display import Display

    with closing(Display("none" if quiet else progress)) as display:
        unpacking, checking, packing = (
            counting(display.callback, phase) for phase in (Phase.UNPACKING, Phase.CHECKING, Phase.PACKING)
        )
        with closing(BundleFile.open(bundle, progress=unpacking)) as file:
            result = pack_bundle(file, output, best=best, force=force, progress=packing, check_progress=checking)
    if not quiet:
        print_lines(packed_lines(bundle, result))
