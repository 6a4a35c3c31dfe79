"""The file under construction: beside its output, under a name of its own, until it is complete."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..artifacts.jsontext import clean
from ..errors import BundleBuildError, BundleExistsError
from ..records import PARTIAL_SUFFIX

_SIDES = ("", "-wal", "-shm", "-journal")


class Construction:
    """A file that is being built: its path, and the descriptor by which it is locked and synced."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._early: threading.Thread | None = None
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
        os.fsync(self._descriptor)

    def size(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._early is not None:
            self._early.join()
        os.close(self._descriptor)

    def _try_sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
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
    check_output(output, force=force)
    _remove_leftovers(output)
    partial = output.with_name(f".{output.name}.{secrets.token_hex(8)}{PARTIAL_SUFFIX}")
    construction = None
    try:  # from here on, because a signal may come as soon as the file is there
        construction = _create(partial)
        yield construction
        construction.sync()
        _publish(construction.path, output, force=force)
    finally:
        _remove(partial)
        if construction is not None:
            construction.close()


def check_output(output: Path, *, force: bool) -> None:
    """Refuse an output that cannot be, before any work is done.

    Raises:
        BundleExistsError: `output` is there and `force` is not set.
        BundleBuildError: `output` is no place for a bundle.
    """
    if clean(str(output)) != str(output):
        raise BundleBuildError(
            f"{clean(str(output))}: SQLite cannot open a path that is not UTF-8; name another output"
        )
    if output.is_symlink():
        raise BundleBuildError(f"{output}: is a symbolic link; name the file itself")
    if output.is_dir():
        raise BundleBuildError(f"{output}: is a directory; name a file in it")
    if not output.parent.is_dir():
        raise BundleBuildError(f"{output}: the folder {output.parent} does not exist")
    if output.exists() and not force:
        raise BundleExistsError(
            f"{output}: exists already; replace it with --force (force=True), or name another output"
        )
    for side in _SIDES[1:]:
        if (stale := output.with_name(output.name + side)).exists():
            # SQLite would apply it to the new file and bring back old data.
            raise BundleBuildError(f"{stale}: belongs to an older or open {output.name}; close or remove it first")


def _create(partial: Path) -> Construction:
    """Create the partial file and lock it, so that another build can tell it from a leftover."""
    try:
        lock = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BundleBuildError(f"{partial.parent}: cannot be written: {error.strerror}") from None
    fcntl.flock(lock, fcntl.LOCK_EX)
    return Construction(partial, lock)


def _remove_leftovers(output: Path) -> None:
    """Remove what killed builds of the same output left; refuse to race a live one."""
    for partial in output.parent.glob(f".{_escaped(output.name)}.*{PARTIAL_SUFFIX}"):
        with suppress(FileNotFoundError):
            descriptor = os.open(partial, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(partial)
            except BlockingIOError:
                raise BundleBuildError(f"{output}: another build is writing it ({partial.name})") from None
            finally:
                os.close(descriptor)


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _remove(partial: Path) -> None:
    for side in reversed(_SIDES):  # the file itself last: whoever finds it finds what is left beside it
        partial.with_name(partial.name + side).unlink(missing_ok=True)


def _publish(partial: Path, output: Path, *, force: bool) -> None:
    """Give the finished file its name, for good."""
    if force:
        os.replace(partial, output)
    else:
        try:
            os.link(partial, output)
        except FileExistsError:
            raise BundleExistsError(f"{output}: was created by someone else during the build") from None
    folder = os.open(output.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
