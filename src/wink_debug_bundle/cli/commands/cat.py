"""The command `cat`: write the bytes of a stored file."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from ..bundle_command import BundleCommand
from ..shared_options import bundle_argument, expansion_option, timeout_option, verbose_option


@click.command(cls=BundleCommand, short_help="Write the bytes of a file that the bundle holds.")
@bundle_argument
@click.argument("path", required=False)
@click.option("--archive", help="Id or path of the archive; needed if several archives hold PATH.")
@click.option("--blob", metavar="SHA256", help="Write the blob with this hash instead of a file.")
@expansion_option
@timeout_option()
@verbose_option
def cat(
    bundle: Path,
    path: str | None,
    *,
    archive: str | None,
    blob: str | None,
    timeout: float | None,
    max_expansion: int,
) -> None:
    """Write the file PATH of an archive in BUNDLE to standard output, byte for byte.

    Files of any size are streamed. On a terminal, control characters are shown as escapes. The columns sha256 and
    blob_sha256 hold the hashes for --blob.
    """
    from ...artifacts.source import storable_name
    from ..opening import opened
    from ..output.output_streams import byte_stream

    if (not path) == (not blob):
        raise click.UsageError("Name a PATH or give a --blob.")
    if archive is not None and blob:
        raise click.UsageError("--archive is for a PATH.")
    with opened(bundle, timeout=timeout) as source:
        if blob:
            stored = source.read_blob(storable_name(blob), max_expansion=max_expansion)
        else:
            owner = storable_name(archive) if archive else None
            stored = source.read_file(storable_name(str(path)), archive=owner, max_expansion=max_expansion)
        with stored, byte_stream() as output:
            shutil.copyfileobj(stored, output, 1 << 20)
