"""Build a bundle in a file beside its output path, and rename it when it is complete."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...artifacts.lossless_json import clean
from ...atomic_file import (
    SCRATCH,
    AnotherWriterError,
    NoLocksError,
    create_partial,
    download_output,
    partial_path,
    publish,
    remove_dead,
    remove_leftovers,
    remove_partial,
)
from ...database.file_sums import write_sums
from ...errors import BundleBuildError, BundleExistsError
from ...packing.frame_header import ByteProgress
from ...packing.frame_writing import write_frame
from .old_file import FileState, without_writers
from .write_back import write_back


class Construction:
    """A bundle under construction.

    Attributes:
        path: The file, which is renamed to the output when it is complete, unless it is packed.
        descriptor: The same file, open; holds its lock.
        scratch: A directory for temporary files.
        is_packed: Whether the output is a packed bundle.
        is_synced: Whether the file itself is written to the disk: not if it is packed, or needed for a while only.
        result: What is renamed to the output: the file, or the packed one.
    """

    def __init__(self, path: Path, descriptor: int, *, is_packed: bool = False, is_synced: bool = True) -> None:
        self.path = self.result = path
        self.scratch = path.with_name(path.name + SCRATCH)
        self.descriptor = descriptor
        self.is_packed = is_packed
        self.is_synced = is_synced and not is_packed
        self._early_sync: threading.Thread | None = None
        self._is_closing = threading.Event()
        self._early_error: OSError | None = None

    def sync_early(self) -> None:
        """Start to write the file to the disk in a thread, while indexing keeps the processor busy.

        A file that is going to be packed, or removed, stays in the cache.
        """
        if not self.is_synced:
            return
        self._early_sync = threading.Thread(target=self._try_sync, name="early-sync")
        self._early_sync.start()

    def seal(self) -> None:
        """Add the checksums of its blocks to the complete file.

        Raises:
            OSError: the file could not be read or written.
        """
        write_sums(self.descriptor)

    def pack(self, progress: ByteProgress | None = None) -> None:
        """Pack the sealed file, and write the packed one to the disk.

        Raises:
            OSError: the file could not be read, or the packed one could not be written.
        """
        packed = self.scratch / "packed"
        target = os.open(packed, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            write_frame(self.descriptor, self.size(), target, progress=progress)
            os.fsync(target)
        finally:
            os.close(target)
        self.result = packed

    def sync(self) -> None:
        """Write the file to the disk, and wait until it is there.

        Raises:
            OSError: the disk did not take it. A second attempt could succeed without the data being on the disk
                (sqlite.org/howtocorrupt.html), so the build fails.
        """
        if not self.is_synced:
            return  # a packed file is on the disk
        if self._early_sync is not None:
            self._early_sync.join()
            if self._early_error is not None:
                raise self._early_error
        write_back(self.descriptor)
        os.fsync(self.descriptor)

    def size(self) -> int:
        """Return the size of the file in bytes."""
        return os.fstat(self.descriptor).st_size

    def close(self) -> None:
        """Close the file and release its lock."""
        self._is_closing.set()
        if self._early_sync is not None:
            self._early_sync.join()
        os.close(self.descriptor)

    def _try_sync(self) -> None:
        try:
            write_back(self.descriptor, self._is_closing.is_set)
        except OSError as error:
            self._early_error = error


@contextmanager
def under_construction(
    output: Path, *, force: bool, is_source: bool = False, is_packed: bool = False, is_synced: bool = True
) -> Iterator[Construction]:
    """Yield a new empty file, readable by its owner alone, that is renamed to `output` if the block succeeds.

    A reader sees the old file, no file, or the complete new file. If the block fails, the new file is removed.

    Args:
        output: Where the file appears.
        force: Whether an existing file is replaced.
        is_source: Whether the new file is made of the old one, which then may not change meanwhile.
        is_packed: Whether the block packs the file, so that the packed one is renamed.
        is_synced: Whether the file must be on the disk before it is renamed.

    Raises:
        BundleExistsError: `output` exists and `force` is not set.
        BundleBuildError: the folder cannot be written, or another program is writing the same output.
    """
    with output_errors(output):
        check_output(output, force=force)
        state = FileState.of(output) if is_source else None
    partial = partial_path(output)
    construction = None
    try:
        with output_errors(output):
            construction = Construction(
                partial, create_partial(partial, output), is_packed=is_packed, is_synced=is_synced
            )
            construction.scratch.mkdir(mode=0o700)
        yield construction
        construction.sync()
        if not is_packed:  # the packed file is in it
            shutil.rmtree(construction.scratch)
        _publish(construction.result, output, state, force=force)
    finally:
        with suppress(OSError):  # the error that ended the block says more; the next build removes what is left
            remove_partial(partial)
        if construction is not None:
            construction.close()


def check_output(output: Path, *, force: bool) -> None:
    """Check that a bundle can be written to `output`, and remove files that killed builds of it left.

    Raises:
        BundleExistsError: `output` exists and `force` is not set.
        BundleBuildError: no bundle can be written there.
    """
    if clean(str(output)) != str(output):
        raise BundleBuildError(f"{output}: SQLite cannot write to a path that is not UTF-8; choose another")
    if output.is_symlink():
        raise BundleBuildError(f"{output}: is a symbolic link; name the file itself")
    if output.is_dir():
        raise BundleBuildError(f"{output}: is a directory; name a file in it")
    if output.exists() and not output.is_file():
        # Replacing /dev/null would harm every process of the machine.
        raise BundleBuildError(f"{output}: is not a regular file, and is not replaced; name another output")
    if not output.parent.is_dir():
        raise BundleBuildError(f"{output}: the folder {output.parent} does not exist")
    remove_leftovers(output)
    remove_dead(output.parent, download_output(output))
    if output.exists() and not force:
        raise BundleExistsError(
            f"{output}: exists already; replace it with --force (force=True), or name another output"
        )
    with without_writers(output):
        pass  # refused now rather than at the end of a long build


@contextmanager
def output_errors(output: Path) -> Iterator[None]:
    """Turn errors of creating the file beside `output` into errors that say what is wrong with the place."""
    try:
        yield
    except AnotherWriterError as error:
        raise BundleBuildError(f"{output}: another build is writing it ({error})") from None
    except NoLocksError as error:
        raise BundleBuildError(
            f"{output}: {error.strerror}, and a build needs them to keep other builds off its output; "
            "name an output on a local disk, and move the bundle here"
        ) from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # SQLite puts files with longer names beside it
            raise BundleBuildError(f"{output}: the name is too long; name a shorter output") from None
        raise BundleBuildError(f"{output.parent}: cannot be written: {error.strerror}") from None


def _publish(partial: Path, output: Path, state: FileState | None, *, force: bool) -> None:
    """Rename the finished file; `state` is that of the old file when it was read, if the new one is made of it."""
    try:
        with without_writers(output):
            if state is not None and FileState.of(output) != state:
                raise BundleBuildError(f"{output}: another program changed it meanwhile; close it there, and try again")
            publish(partial, output, replace=force)
    except FileExistsError:
        raise BundleExistsError(
            f"{output}: another process created it during the build; replace it with --force (force=True), "
            "or name another output"
        ) from None
