"""Shorten times and ids for people, where no two values that are shown become the same and nothing is guessed.

Times of one day are shown without the day, which the note under the table names, and to the second; all within one
minute, to the millisecond. Ids are shown by their first characters, as many as tell all ids of the result apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .cursor import Row

_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<minute>\d\d:\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,}", re.ASCII)
_ID_LENGTHS = (8, 13, 18, 23)
"""Lengths to which ids are shortened: where the groups of a UUID end."""

_UTC = ("Z", "+00:00")

Shorten = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ShortValues:
    """How the values of each column are shortened, and what to say about it."""

    columns: dict[int, Shorten]
    """The columns whose values can be shortened, by their position from 0."""
    notes: tuple[str, ...]


def short_values(rows: Sequence[Row], mark: str) -> ShortValues:
    """Return how to shorten the times and ids in these rows, which are all that is shown.

    Args:
        rows: The rows of the result.
        mark: What follows a shortened id.
    """
    columns = {position: _texts(cells) for position, cells in enumerate(zip(*rows, strict=True))}
    times = {position: found for position, texts in columns.items() if (found := _matches(_TIME, texts))}
    ids = [position for position, texts in columns.items() if position not in times and _matches(_ID, texts)]
    shorten_time, time_note = _time_shortening([match for found in times.values() for match in found])
    shorten_id = _id_shortening({text for position in ids for text in columns[position] or ()}, mark)
    return ShortValues(
        dict.fromkeys(times, shorten_time) | (dict.fromkeys(ids, shorten_id) if shorten_id else {}),
        (*([time_note] if times else []), *(["ids are shortened"] if ids and shorten_id else [])),
    )


def is_exact(cells: Iterable[object]) -> bool:
    """Return whether the cells are times or ids, apart from NULL."""
    texts = _texts(cells)
    return bool(_matches(_TIME, texts) or _matches(_ID, texts))


def _texts(cells: Iterable[object]) -> list[str] | None:
    """Return the texts of a column; None if other values than text and NULL are in it."""
    known = [cell for cell in cells if cell is not None]
    texts = [cell for cell in known if isinstance(cell, str)]
    return texts if len(texts) == len(known) else None


def _matches(pattern: re.Pattern[str], texts: list[str] | None) -> list[re.Match[str]]:
    """Return the match of each text; none if one does not match as a whole."""
    found = [match for text in texts or () if (match := pattern.fullmatch(text))]
    return found if len(found) == len(texts or ()) else []


def _time_shortening(times: Sequence[re.Match[str]]) -> tuple[Shorten, str]:
    """Return how all times of a result are shortened, and the note about it."""
    days = {time["day"] for time in times}
    zones = {"UTC" if time["zone"] in _UTC else time["zone"] for time in times}
    within_a_minute = len({(time["day"], time["minute"]) for time in times}) == 1
    same_day, same_zone = len(days) == 1, len(zones) == 1

    def shorten(text: str) -> str:
        time = _TIME.fullmatch(text)
        if time is None:  # NULL
            return text
        day = "" if same_day else f"{time['day']} "
        fraction = (time["fraction"] or "")[:4] if within_a_minute else ""
        return f"{day}{time['minute']}:{time['second']}{fraction}{'' if same_zone else time['zone'] or ''}"

    zone = f" {next(iter(zones))}" if same_zone and zones != {None} else ""
    on_day = f" on {next(iter(days))}" if same_day else ""
    precision = "milliseconds" if within_a_minute else "seconds"
    return shorten, f"times are{f'{on_day}{zone},' if on_day or zone else ''} to {precision}"


def _id_shortening(ids: set[str], mark: str) -> Shorten | None:
    """Return how all ids of a result are shortened; None if no short length tells them apart."""
    for length in _ID_LENGTHS:
        if len({text[:length] for text in ids}) == len(ids):
            return lambda text: text if _ID.fullmatch(text) is None else f"{text[:length]}{mark}"
    return None
