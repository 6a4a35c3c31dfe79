"""Checksums of every byte of a bundle's file, which follow its last page.

SQLite reads as many pages as the header names, and ignores what follows them; it drops these bytes when it rewrites the
file. The checksums hold as long as the header's change counter is the one that they name: SQLite increments it whenever
it writes. The layout is: a CRC-32 of each block of the database, zeros up to the end of a page, and the footer.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from ..packing.frame_header import ByteProgress

BLOCK_BYTES = 1 << 15
"""Bytes under one checksum: the smallest place that a check can name."""

_FOOTER = struct.Struct("<16sQIII")
"""The mark, the bytes of the database, its change counter, and the CRC-32 of the list and of the footer before it."""

_MARK = b"wink block sums\x01"
_SUM = struct.Struct("<I")

_HEADER_BYTES = 100
_THREADS = 2
_READ_BYTES = 1 << 20
_PART_BLOCKS = 1 << 9
"""Blocks whose checksums a thread computes at a time: 16 MiB."""


class Header(NamedTuple):
    """What a database's header says."""

    page_bytes: int
    page_count: int
    change_counter: int
    valid_for: int
    is_wal: bool

    @property
    def size(self) -> int:
        """Return the bytes of all pages."""
        return self.page_bytes * self.page_count


class SumCheck(NamedTuple):
    """What a check of the checksums found: `faults`, or in `remark` why nothing could be checked."""

    faults: tuple[str, ...] = ()
    remark: str | None = None


def write_sums(descriptor: int) -> None:
    """Append the checksums to the complete database that is open for writing.

    Raises:
        OSError: the file could not be read or written.
    """
    header = read_header(descriptor)
    os.ftruncate(descriptor, header.size)  # a copied bundle has older checksums here
    sums = b"".join(_all_sums(descriptor, header.size))
    padding = -(len(sums) + _FOOTER.size + _SUM.size) % header.page_bytes
    sums += bytes(padding)
    footer = _FOOTER.pack(_MARK, header.size, header.change_counter, BLOCK_BYTES, zlib.crc32(sums))
    data = sums + footer + _SUM.pack(zlib.crc32(footer))
    offset = header.size
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written


def check_sums(descriptor: int, progress: ByteProgress | None = None) -> SumCheck:
    """Compare each block of a bundle's file with its checksum; `progress` is told how many bytes are compared.

    Raises:
        OSError: the file could not be read.
    """
    header, size = read_header(descriptor), os.fstat(descriptor).st_size
    footer = os.pread(descriptor, _FOOTER.size + _SUM.size, max(size - _FOOTER.size - _SUM.size, 0))
    if not footer.startswith(_MARK) or zlib.crc32(footer[: _FOOTER.size]) != _SUM.unpack(footer[_FOOTER.size :])[0]:
        if size > header.size:
            return SumCheck(("the bytes after the last page are not its checksums: the file is damaged at its end",))
        return SumCheck(
            remark="its file has no checksums: an earlier release built it, or SQLite has rewritten it since"
        )
    _, database_bytes, counter, block_bytes, list_sum = _FOOTER.unpack(footer[: _FOOTER.size])
    if header.change_counter != counter:
        if header.change_counter != header.valid_for:
            return SumCheck(("the header of the database is damaged: its change counters differ",))
        return SumCheck(remark="SQLite has written to its file since it was built: its checksums are out of date")
    if header.is_wal:
        return SumCheck(remark="it is in WAL mode: its checksums are out of date")
    sums = os.pread(descriptor, max(size - database_bytes - len(footer), 0), database_bytes)
    if block_bytes != BLOCK_BYTES or zlib.crc32(sums) != list_sum:
        return SumCheck(("the checksums after the last page are damaged",))
    return SumCheck(tuple(_faults(descriptor, database_bytes, sums, progress)))


def read_header(descriptor: int) -> Header:
    """Return what the header of the open database says."""
    data = os.pread(descriptor, _HEADER_BYTES, 0).ljust(_HEADER_BYTES, b"\0")
    (page_bytes,) = struct.unpack_from(">H", data, 16)
    change_counter, page_count = struct.unpack_from(">II", data, 24)
    (valid_for,) = struct.unpack_from(">I", data, 92)
    is_wal = data[18:20] == b"\2\2"
    return Header(1 << 16 if page_bytes == 1 else page_bytes, page_count, change_counter, valid_for, is_wal)


def _faults(descriptor: int, size: int, sums: bytes, progress: ByteProgress | None) -> Iterator[str]:
    """Yield each range of bytes whose checksum is another one."""
    found = bytearray()
    for part in _all_sums(descriptor, size):
        found += part
        if progress is not None:
            progress(min(len(found) // _SUM.size * BLOCK_BYTES, size), size)
    for index in range(-(-size // BLOCK_BYTES)):
        place = slice(index * _SUM.size, (index + 1) * _SUM.size)
        if sums[place] != found[place]:
            end = min((index + 1) * BLOCK_BYTES, size)
            yield f"the file is damaged between bytes {index * BLOCK_BYTES} and {end}: their checksum differs"


def _all_sums(descriptor: int, size: int) -> Iterator[bytes]:
    """Yield the checksums of all blocks, those of some at a time; threads compute them."""
    blocks = -(-size // BLOCK_BYTES)
    parts = [(begin, min(begin + _PART_BLOCKS, blocks)) for begin in range(0, blocks, _PART_BLOCKS)]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="file-sums") as executor:
        yield from executor.map(partial(_sums, descriptor, size), parts)


def _sums(descriptor: int, size: int, blocks: tuple[int, int]) -> bytes:
    """Return the checksums of the blocks from the first number up to, but not including, the second."""
    begin, end = blocks[0] * BLOCK_BYTES, min(blocks[1] * BLOCK_BYTES, size)
    sums = bytearray()
    buffer = memoryview(bytearray(_READ_BYTES))
    while begin < end:
        count = os.preadv(descriptor, [buffer[: min(_READ_BYTES, end - begin)]], begin)
        if not count:
            break
        if count % BLOCK_BYTES and begin + count < end:
            count = max(count - count % BLOCK_BYTES, BLOCK_BYTES)
        for offset in range(0, count, BLOCK_BYTES):
            sums += _SUM.pack(zlib.crc32(buffer[offset : min(offset + BLOCK_BYTES, count)]))
        begin += count
    return bytes(sums)
