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
@click.option("--run", help="Number of the run that left the file, or its sample, session or bundle id.")
@click.option("--sample", help="Sample of the run that left the file.")
@click.option("--session", help="Session that left the file.")
@click.option("--archive", help="Id or path of the archive that holds the file.")
@click.option("--blob", metavar="SHA256", help="Write the blob with this hash instead of a file.")
@expansion_option
@timeout_option()
@verbose_option
def cat(
    bundle: Path,
    path: str | None,
    *,
    run: str | None,
    sample: str | None,
    session: str | None,
    archive: str | None,
    blob: str | None,
    timeout: float | None,
    max_expansion: int,
) -> None:
    """Write the file PATH of an archive in BUNDLE to standard output, byte for byte.

    If several archives hold PATH, choose one by --run, --sample, --session or --archive. Files of any size are
    streamed. On a terminal, control characters are shown as escapes. The columns sha256 and
    blob_sha256 hold the hashes for --blob.
    """
    from ...artifacts.source import storable_name
    from ..opening import opened
    from ..output.output_streams import byte_stream

    if (not path) == (not blob):
        raise click.UsageError("Name a PATH or give a --blob.")
    chosen = {"archive": archive, "run": run, "sample": sample, "session": session}
    given = {name: storable_name(value) for name, value in chosen.items() if value}
    if given and blob:
        raise click.UsageError(f"--{next(iter(given))} is for a PATH.")
    with opened(bundle, timeout=timeout) as source:
        if blob:
            stored = source.read_blob(storable_name(blob), max_expansion=max_expansion)
        else:
            stored = source.read_file(storable_name(str(path)), **given, max_expansion=max_expansion)
        with stored, byte_stream() as output:
            shutil.copyfileobj(stored, output, 1 << 20)
