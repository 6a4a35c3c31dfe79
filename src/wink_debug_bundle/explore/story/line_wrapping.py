"""Break texts into lines of a given width, as a terminal counts columns."""

from __future__ import annotations

from collections.abc import Iterator

from ...terminal_text import visible

_LEAST_ROOM = 20


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Return the lines of a text, made visible, indented and broken at spaces where they are longer than `width`."""
    room = max(width - len(indent), _LEAST_ROOM)
    stripped = text.rstrip("\n")
    lines = (visible(line.removesuffix("\r").expandtabs(4)) for line in stripped.split("\n"))
    return [f"{indent}{part}".rstrip() for line in lines for part in _broken(line, room)]


def _broken(line: str, room: int) -> Iterator[str]:
    """Yield a line in parts of no more columns than there is room for."""
    start = 0
    while len(line) - start > room or (not line.isascii() and columns_of(line[start : start + room + 1]) > room):
        end = start + _fitting(line, start, room)
        space = _last_space(line, start + room // 2, end + 1)
        if space >= start:
            yield line[start:space]
            start = space + 1
        else:
            yield line[start:end]
            start = end
    yield line[start:]


def _last_space(line: str, start: int, end: int) -> int:
    """Return the place of the last space in a range at which a line may break, not before a percent sign; -1 without."""
    space = line.rfind(" ", start, end)
    while space >= 0 and line.startswith("%", space + 1):
        space = line.rfind(" ", start, space)
    return space


def _fitting(line: str, start: int, room: int) -> int:
    """Return how many characters from `start` fit into so many columns; at least one."""
    part = line[start : start + room]
    if part.isascii():
        return len(part)
    import wcwidth

    return max(len(wcwidth.clip(part, 0, room)), 1)


def columns_of(text: str) -> int:
    """Return the number of columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    import wcwidth

    return max(0, wcwidth.wcswidth(text))
