"""Write files of this machine, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..atomic_file import create_beside, partial_path, publish

_BLOCK = 1 << 20


def replace_file(output: Path, source: Path) -> None:
    """Write the bytes of another file; they replace those of a file of that name.

    Raises:
        OSError: they cannot be written.
    """
    with _beside(output) as (partial, descriptor), source.open("rb") as reader:
        _write(descriptor, iter(lambda: reader.read(_BLOCK), b""))
        os.replace(partial, output)


def create_file(output: Path, data: bytes) -> None:
    """Write a file that does not exist yet.

    Raises:
        FileExistsError: there is one of that name.
        OSError: it cannot be written.
    """
    with _beside(output) as (partial, descriptor):
        _write(descriptor, [data])
        publish(partial, output, replace=False)


@contextmanager
def _beside(output: Path) -> Iterator[tuple[Path, int]]:
    """Yield a new hidden file beside an output and its descriptor; it is removed at the end of the block."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(output)
    descriptor = create_beside(partial)
    try:
        yield partial, descriptor
    finally:
        partial.unlink(missing_ok=True)
        os.close(descriptor)


def _write(descriptor: int, blocks: Iterable[bytes]) -> None:
    """Write the blocks to a file and to the disk."""
    with open(descriptor, "wb", closefd=False) as writer:
        writer.writelines(blocks)
        writer.flush()
        os.fsync(descriptor)
