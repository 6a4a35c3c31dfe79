"""Divide the bytes of a file into what one page shows: numbered lines of text, or lines of hexadecimal numbers."""

from __future__ import annotations

from typing import NamedTuple

from ....terminal_text import visible_text

TEXT_BYTES, HEX_BYTES = 128 << 10, 4 << 10
"""Bytes that a page shows of a text, and of anything else."""

LOOKED_AT = 8 << 10
"""Bytes at the beginning of a file by which a page knows what it is."""

_MOST_LINES = 4000
_HEX_LINE = 16
_LINE_END = 0x0A


class TextPart(NamedTuple):
    """Lines of a text.

    Attributes:
        lines: The lines, without their ends.
        byte_count: Number of bytes that they take.
        ends_in_line: Whether the last line goes on.
    """

    lines: list[str]
    byte_count: int
    ends_in_line: bool


def is_text(beginning: bytes) -> bool:
    """Return whether bytes that begin so are shown as text: UTF-8 without a NUL.

    If they are as many as are looked at of a file, the last character may be cut.
    """
    looked_at = beginning[:LOOKED_AT]
    if b"\0" in looked_at:
        return False
    try:
        looked_at.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and len(looked_at) == LOOKED_AT
    return True


def text_part(data: bytes, *, is_last: bool) -> TextPart:
    """Return the lines that a page shows, which end with a line, or else with a character."""
    used = len(data) if is_last else _end_of_lines(data)
    lines = data[:used].split(b"\n")
    if len(lines) > _MOST_LINES:
        lines = lines[:_MOST_LINES]
        used = sum(map(len, lines)) + len(lines)
        lines.append(b"")
    ends_in_line = bool(lines[-1]) and not is_last
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    return TextPart([_shown(line) for line in lines], used, ends_in_line)


def _shown(line: bytes) -> str:
    """Return a line as text, without the rest of its end where lines end in CRLF."""
    return visible_text(line.removesuffix(b"\r").decode("utf-8", "replace"))


class PartBefore(NamedTuple):
    """The part of a text that ends where another one begins."""

    byte_count: int
    line_end_count: int


def part_before(data: bytes, *, is_first: bool) -> PartBefore:
    """Return how much of the data the part before shows: whole lines, or else all characters.

    Args:
        data: The bytes before a part, as many as a page shows at most.
        is_first: Whether they are the beginning of the text.
    """
    start = 0 if is_first else _start_of_lines(data)
    ends = [place for place in range(start, len(data)) if data[place] == _LINE_END]
    if len(ends) > _MOST_LINES:
        start = ends[-_MOST_LINES - 1] + 1
        ends = ends[-_MOST_LINES:]
    return PartBefore(len(data) - start, len(ends))


def _start_of_lines(data: bytes) -> int:
    """Return where the first whole line begins, or the first whole character if there is only one line."""
    end = data.find(b"\n", 0, len(data) - 1)
    if end >= 0:
        return end + 1
    return next((place for place in range(min(4, len(data))) if data[place] & 0xC0 != 0x80), 0)


def _end_of_lines(data: bytes) -> int:
    """Return where the last whole line ends, or the last whole character if there is only one line."""
    end = data.rfind(b"\n") + 1
    if end:
        return end
    end = len(data)
    while end > len(data) - 4 and end and data[end - 1] & 0xC0 == 0x80:
        end -= 1
    return end - 1 if end and data[end - 1] >= 0xC0 else len(data)


def hex_lines(data: bytes, first: int) -> list[str]:
    """Return lines with the place of sixteen bytes, their values, and those that are printable ASCII."""
    return [_hex_line(data[start : start + _HEX_LINE], first + start) for start in range(0, len(data), _HEX_LINE)]


def _hex_line(data: bytes, place: int) -> str:
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
    return f"{place:08x}  {data.hex(' '):47}  {shown}"
