"""How the views of slice classes and their columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

LEADING = ("id", "run_id", "session_id", "snapshot_id", "is_current", "item_index")
"""Columns that every view of a class begins with."""

WHOLE = "payload"
"""Column that some of them end with: the whole item."""

_UNUSABLE = ("", "true", "false")
"""Names that SQLite does not give to the column of a view."""

_LONGEST = 100
"""Characters of a name; what is longer is cut."""

_MOST_PARTS = 12
"""Parts of a class's path that may go into its name."""


def view_names(slice_types: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """The name of each class's view: `slice_` and the class's name.

    Classes whose names are the same, in whichever case, or make a name that is `taken`, get as many parts of their paths
    before the name as tell them apart; classes that no path tells apart get numbers, in the order of their types.
    """
    paths = {slice_type: _path(slice_type) for slice_type in sorted(slice_types)}
    lengths = dict.fromkeys(paths, 1)
    forbidden = {name.lower() for name in taken}
    while True:
        names = {slice_type: _view_name(path[-lengths[slice_type] :]) for slice_type, path in paths.items()}
        counts = Counter(name.lower() for name in names.values())
        unclear = [
            slice_type
            for slice_type, name in names.items()
            if (counts[name.lower()] > 1 or name.lower() in forbidden) and lengths[slice_type] < len(paths[slice_type])
        ]
        if not unclear:
            return _numbered(names, forbidden)
        for slice_type in unclear:
            lengths[slice_type] += 1


def column_names(keys: Iterable[str]) -> dict[str, str]:
    """The column of each key, in the order of the columns: the key itself.

    A key that is called as a leading column is, or that cannot be a name, gets `payload_` before it; keys that differ in
    nothing but case get numbers, in the order of the keys. Characters that cannot be seen become `_`.
    """
    order = sorted(keys, key=lambda key: (key.startswith("__"), key))  # tags such as __type__ come last
    own = {key: _visible(key) for key in order}
    leading = {*LEADING, WHOLE, *_UNUSABLE}
    moved = {key: f"payload_{name}" for key, name in own.items() if name.lower() in leading}
    plain = _numbered({key: name for key, name in own.items() if key not in moved}, leading)
    rest = _numbered(moved, {*leading, *(name.lower() for name in plain.values())})
    return {key: plain.get(key) or rest[key] for key in order}


def _path(slice_type: str) -> list[str]:
    """The parts of `module:Outer.<locals>.Name[arguments]` that may stand in a name."""
    path, bracket, arguments = slice_type.partition("[")
    parts = [part for part in re.split(r"[.:]", path) if part and part != "<locals>"]
    name = "".join([*parts[-1:], bracket, arguments])
    cleaned = [re.sub(r"\W+", "_", part) for part in (*parts[-_MOST_PARTS:-1], name)]
    return [*cleaned[:-1], cleaned[-1].rstrip("_") or "unnamed"]


def _view_name(parts: list[str]) -> str:
    return "_".join(["slice", *parts])[:_LONGEST]


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else "_" for char in text[:_LONGEST])


def _numbered(names: dict[str, str], taken: Collection[str]) -> dict[str, str]:
    """The names; the second of those that are alike, and one that is taken, with a number after it."""
    own = {name.lower() for name in names.values()}
    used = set(taken)
    numbers: Counter[str] = Counter()
    result = {}
    for key, name in names.items():
        chosen = name
        while chosen.lower() in used or (chosen != name and chosen.lower() in own):
            numbers[name.lower()] += 1
            chosen = f"{name}_{numbers[name.lower()] + 1}"
        used.add(chosen.lower())
        result[key] = chosen
    return result
