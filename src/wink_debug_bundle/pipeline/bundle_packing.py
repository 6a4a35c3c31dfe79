"""Pack a finished bundle into one zstd frame, for storing it and sending it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..bundle_files import PACKED_ENDING
from ..database.connection import version_of
from ..database.file_sums import check_sums, read_header
from ..errors import BundleBuildError, DamagedBundleError
from ..packing.bundle_file import BundleFile
from ..packing.frame_header import ByteProgress
from ..packing.frame_writing import BEST_LEVEL, USUAL_LEVEL, write_frame
from .publishing.construction import under_construction
from .publishing.old_file import FileState, without_writers
from .publishing.write_errors import write_errors


@dataclass(frozen=True, slots=True)
class PackedBundle:
    """A bundle that was packed.

    Attributes:
        path: The packed file.
        size_bytes: Its size.
        unpacked_bytes: The size of the bundle's database.
    """

    path: Path
    size_bytes: int
    unpacked_bytes: int

    @property
    def ratio(self) -> float:
        """Return how many times the size of the packed file the database has."""
        return self.unpacked_bytes / self.size_bytes


def pack_bundle(
    file: BundleFile,
    output: Path | None = None,
    *,
    best: bool = False,
    force: bool = False,
    progress: ByteProgress | None = None,
    check_progress: ByteProgress | None = None,
) -> PackedBundle:
    """Write the bundle, of any release, as a packed one to `output`; by default beside itself, with `.zst` added.

    Args:
        file: The bundle's file; if it is packed already, its copy is packed again.
        output: Where the packed bundle appears when it is complete.
        best: Whether to take several times as long, for a smaller file.
        force: Whether to replace an output that exists.
        progress: Called with the number of bytes of the database done so far, and of all.
        check_progress: The same, for the comparison with its checksums, which comes first.

    Raises:
        InvalidBundleError: the file is not a bundle.
        DamagedBundleError: it is damaged.
        BundleExistsError: the output exists and `force` is not set.
        BundleBuildError: the output could not be written.
    """
    version_of(file.database, file.path)
    output = _output_of(file) if output is None else output
    if output.exists() and output.samefile(file.path):
        raise BundleBuildError(f"{output}: is the bundle itself; name another output")
    with write_errors(file.path), without_writers(file.database):
        state = FileState.of(file.database)
    with write_errors(output), under_construction(output, force=force) as construction:
        source = os.open(file.database, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check_whole(source, file.path, check_progress)
            level = BEST_LEVEL if best else USUAL_LEVEL
            write_frame(source, state.size, construction.descriptor, level=level, progress=progress)
        finally:
            os.close(source)
        if FileState.of(file.database) != state:
            raise BundleBuildError(f"{file.path}: another program changed it meanwhile; close it there, and try again")
        size = construction.size()
    return PackedBundle(output, size, state.size)


def _output_of(file: BundleFile) -> Path:
    """Return where a bundle is packed to by default.

    Raises:
        BundleBuildError: it is packed already.
    """
    if file.copy is not None:
        raise BundleBuildError(
            f"{file.path}: is packed already; to pack it again, name an output (--output, output=...)"
        )
    return file.path.with_name(file.path.name + PACKED_ENDING)


def _check_whole(source: int, path: Path, progress: ByteProgress | None) -> None:
    """Compare the open database with its checksums, and its size with the one that its header names.

    Raises:
        DamagedBundleError: they differ.
    """
    header = read_header(source)
    faults = list(check_sums(source, progress).faults)
    if header.change_counter == header.valid_for and os.fstat(source).st_size < header.size:
        faults.append("its end is missing")
    if faults:
        raise DamagedBundleError(f"{path}: the bundle is damaged: {faults[0]}")
