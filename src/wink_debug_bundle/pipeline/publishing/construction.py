"""The bundle under construction: beside its output, until it is complete."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...artifacts.lossless_json import clean
from ...atomic_file import (
    SCRATCH,
    AnotherWriterError,
    NoLocksError,
    create_partial,
    partial_path,
    publish,
    remove_leftovers,
    remove_partial,
)
from ...bundle_files import DATABASE_SIDES
from ...errors import BundleBuildError, BundleExistsError
from .write_back import write_back


class Construction:
    """A file that is being built: its path, a directory for nameless files, and the descriptor that locks and syncs it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.scratch = path.with_name(path.name + SCRATCH)
        self._descriptor = descriptor
        self._early: threading.Thread | None = None
        self._is_over = threading.Event()
        self._failure: OSError | None = None

    def sync_early(self) -> None:
        """Start to bring what is written so far to the disk, while the processor has other work."""
        self._early = threading.Thread(target=self._try_sync, name="early-sync")
        self._early.start()

    def sync(self) -> None:
        """Bring all that is written to the disk.

        Raises:
            OSError: the disk did not take it; no second try may be trusted (sqlite.org/howtocorrupt.html).
        """
        if self._early is not None:
            self._early.join()
            if self._failure is not None:
                raise self._failure
        write_back(self._descriptor)
        os.fsync(self._descriptor)

    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._is_over.set()
        if self._early is not None:
            self._early.join()
        os.close(self._descriptor)

    def _try_sync(self) -> None:
        try:
            write_back(self._descriptor, self._is_over.is_set)
        except OSError as error:
            self._failure = error


@contextmanager
def under_construction(output: Path, *, force: bool) -> Iterator[Construction]:
    """A new empty file, readable by its owner alone, that becomes `output` if the block ends well.

    A reader sees the old file, or none, or the complete new one; a failed block leaves nothing behind.

    Raises:
        BundleExistsError: `output` is there and `force` is not set.
        BundleBuildError: the folder cannot be written, or another build is writing the same output.
    """
    with _beginning(output):
        check_output(output, force=force)
    partial = partial_path(output)
    construction = None
    try:
        with _beginning(output):
            construction = Construction(partial, create_partial(partial, output))
            construction.scratch.mkdir(mode=0o700)
        yield construction
        construction.sync()
        shutil.rmtree(construction.scratch)
        _publish(partial, output, force=force)
    finally:
        remove_partial(partial)
        if construction is not None:
            construction.close()


def check_output(output: Path, *, force: bool) -> None:
    """Refuse an output that cannot be, before any work is done; remove what killed builds left of it.

    Raises:
        BundleExistsError: `output` is there and `force` is not set.
        BundleBuildError: `output` is no place for a bundle.
    """
    if clean(str(output)) != str(output):
        raise BundleBuildError(f"{output}: SQLite cannot write to a path that is not UTF-8; choose another")
    if output.is_symlink():
        raise BundleBuildError(f"{output}: is a symbolic link; name the file itself")
    if output.is_dir():
        raise BundleBuildError(f"{output}: is a directory; name a file in it")
    if output.exists() and not output.is_file():
        # Replacing /dev/null by a bundle would harm every process of the machine.
        raise BundleBuildError(f"{output}: is not a regular file, and is not replaced; name another output")
    if not output.parent.is_dir():
        raise BundleBuildError(f"{output}: the folder {output.parent} does not exist")
    remove_leftovers(output)
    if output.exists() and not force:
        raise BundleExistsError(
            f"{output}: exists already; replace it with --force (force=True), or name another output"
        )
    for side in DATABASE_SIDES:
        if (stale := output.with_name(output.name + side)).exists():
            # SQLite would apply it to the new file and bring back old data.
            raise BundleBuildError(f"{stale}: belongs to an older or open {output.name}; close or remove it first")


@contextmanager
def _beginning(output: Path) -> Iterator[None]:
    """Say what is wrong with the place, where that is known before any work is done."""
    try:
        yield
    except AnotherWriterError as error:
        raise BundleBuildError(f"{output}: another build is writing it ({error})") from None
    except NoLocksError as error:
        raise BundleBuildError(
            f"{output}: {error.strerror}, by which builds keep out of each other's way; "
            "name an output on a local disk, and move the bundle here"
        ) from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # SQLite lays files beside it, whose names are longer
            raise BundleBuildError(f"{output}: the name is too long; name a shorter output") from None
        raise BundleBuildError(f"{output.parent}: cannot be written: {error.strerror}") from None


def _publish(partial: Path, output: Path, *, force: bool) -> None:
    try:
        publish(partial, output, replace=force)
    except FileExistsError:
        raise BundleExistsError(f"{output}: was created by someone else during the build") from None
