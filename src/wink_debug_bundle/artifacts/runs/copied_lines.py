"""Note the lines of a run's log that the library copies to the transcript, so that the transcript's lines are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from io import BytesIO

from ..read_errors import UNREADABLE_ZIP
from ..streams.line_blocks import Block, LongLine, split_lines
from ..streams.sequential_lines import SequentialLineReader
from ..zip.headers import Entry
from ..zip.members import Members
from .manifest import APP_LOG, ROOT

_DIGEST_BYTES = 16
_COPIED_EVENT = b'"transcript.entry"'
"""Text in every line of a log that the library copies to the transcript."""

HELD_BYTES = 8 << 20
"""Up to this size of a log, its lines are held and compared; of a larger one, only a digest of each is held."""


class CopiedLines:
    """The lines of a log that the library copies to the transcript, with their numbers, counted from 1.

    Args:
        log_bytes: The size of the log.
    """

    def __init__(self, log_bytes: int) -> None:
        self._are_held = log_bytes <= HELD_BYTES
        self._lines: list[bytes] = []
        self._numbers: list[int] = []
        self._long_numbers: dict[bytes, int] = {}
        self._line_count = 0

    def note(self, block: Block | LongLine) -> None:
        """Note the lines of the next block; a long line is read for it."""
        if isinstance(block, Block):
            self._note_lines(block.data)
            return
        line = HashedLine(block)
        for _ in line:
            pass
        self._line_count += 1
        self._long_numbers[line.digest] = self._line_count

    def _note_lines(self, data: bytes) -> None:
        number = self._line_count
        for line in BytesIO(data):
            number += 1
            if _COPIED_EVENT in line:
                self._lines.append(line if self._are_held else self._key(line))
                self._numbers.append(number)
        self._line_count = number

    def numbers_of(self, data: bytes) -> Sequence[int]:
        """Return, for each line in `data`, the number of the log's line with the same bytes; 0 without one.

        Of several such lines of the log, it is any, but always the same for the same log and the same data. Most transcripts are the noted lines and nothing else, so all of them are compared at once first.
        """
        if self._are_held and b"".join(self._lines) == data:
            return self._numbers
        numbers = self._numbers_by_key
        return [numbers.get(self._key(line), 0) for line in split_lines(data)]

    @cached_property
    def _numbers_by_key(self) -> dict[bytes, int]:
        keys = map(self._key, self._lines) if self._are_held else self._lines
        return dict(zip(keys, self._numbers, strict=True))

    def _key(self, line: bytes) -> bytes:
        """Return the line without its end, or its digest if the log is too large for its lines to be held."""
        line = line.removesuffix(b"\n")
        return line if self._are_held else blake2b(line, digest_size=_DIGEST_BYTES).digest()

    def number_of_long(self, line: HashedLine) -> int:
        """Return the number of the log's line with the bytes of a long line that was read; 0 without one."""
        return self._long_numbers.get(line.digest, 0)


class PassingNotes:
    """Notes of the lines of a log that is read for other reasons.

    They are not whole if a block did not pass, or if a line was too long to be held in memory.
    """

    def __init__(self, log_bytes: int) -> None:
        self._copied: CopiedLines | None = CopiedLines(log_bytes)
        self._end = 0

    def pass_on(self, block: Block | LongLine) -> Block | LongLine:
        """Note the lines of a block, and return it."""
        if isinstance(block, LongLine) or block.offset != self._end:
            self._copied = None
        elif self._copied is not None:
            self._copied.note(block)
            self._end += block.length
        return block

    def whole(self, end: int) -> CopiedLines | None:
        """Return the copied lines, if all bytes of the log before `end` passed; else None.

        The last bytes may have been skipped, too: where a split has no line that begins in it, no block of it passes.
        """
        return self._copied if self._end == end else None


def read_copied_lines(archive: Members, log: Entry | None) -> CopiedLines:
    """Return the lines of the log that the library copies to the transcript, which takes reading the whole log.

    The transcript omits lines with some rare characters. The log has them all, unless it is missing or truncated.
    """
    copied = CopiedLines(0 if log is None else log.size)
    if log is not None:
        with suppress(*UNREADABLE_ZIP):  # the lines before the damage are enough
            for block in SequentialLineReader(archive.open(log)).blocks(0, None, HELD_BYTES):
                copied.note(block)
    return copied


def log_of(archive: Members) -> Entry | None:
    """Return the log whose lines the transcript repeats."""
    return archive.find(ROOT + APP_LOG)


class HashedLine:
    """The chunks of a long line; they are hashed on the way."""

    def __init__(self, line: LongLine) -> None:
        self._chunks = iter(line)
        self._hash = blake2b(digest_size=_DIGEST_BYTES)

    def __iter__(self) -> Iterator[bytes]:
        """Return the chunks."""
        return self

    def __next__(self) -> bytes:
        """Return the next chunk."""
        chunk = next(self._chunks)
        self._hash.update(chunk)
        return chunk

    @property
    def digest(self) -> bytes:
        """Return the digest of the chunks."""
        return self._hash.digest()
