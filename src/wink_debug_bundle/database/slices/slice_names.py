"""Name the views of slice classes and their columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

LEADING = ("id", "run_id", "session_id", "snapshot_id", "is_current", "item_index")
"""The first columns of every view."""

PAYLOAD = "payload"
"""The last column of some views: the whole item."""

_UNUSABLE = ("", "true", "false")
"""Names that SQLite does not accept for a column of a view."""

_LONGEST = 100
"""Characters of a name; longer ones are truncated."""

_MOST_PARTS = 12
"""Parts of a class's path that may become part of its view's name."""


def view_names(slice_types: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """Return the name of each class's view: `slice_` and the class's name.

    Classes with equal names, regardless of case, or with a name that is `taken`, get as many parts of their paths before
    the name as make them distinct. Classes that their paths do not distinguish get numbers, in the order of their types.
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
    """Return the column name of each key, in the order of the columns: as a rule, the key itself.

    A key that equals a leading column, or that cannot be a column name, gets the prefix `payload_`. Keys that differ only
    in case get numbers, in the order of the keys. Unprintable characters become `_`.
    """
    order = sorted(keys, key=lambda key: (key.startswith("__"), key))  # tags such as __type__ come last
    own = {key: _visible(key) for key in order}
    leading = {*LEADING, PAYLOAD, *_UNUSABLE}
    moved = {key: f"payload_{name}" for key, name in own.items() if name.lower() in leading}
    plain = _numbered({key: name for key, name in own.items() if key not in moved}, leading)
    rest = _numbered(moved, {*leading, *(name.lower() for name in plain.values())})
    return {key: plain.get(key) or rest[key] for key in order}


def _path(slice_type: str) -> list[str]:
    """Return the parts of `module:Outer.<locals>.Name[arguments]` that a view's name may have."""
    path, bracket, arguments = slice_type.partition("[")
    parts = [part for part in re.split(r"[.:]", path) if part and part != "<locals>"]
    name = "".join([*parts[-1:], bracket, arguments])
    cleaned = [re.sub(r"\W+", "_", part) for part in (*parts[-_MOST_PARTS:-1], name)]
    return [*cleaned[:-1], cleaned[-1].rstrip("_") or "unnamed"]


def _view_name(parts: list[str]) -> str:
    """Return the name of a view, truncated if it is too long."""
    return "_".join(["slice", *parts])[:_LONGEST]


def _visible(text: str) -> str:
    """Return the text with `_` for unprintable characters, truncated if it is too long."""
    return "".join(char if char.isprintable() else "_" for char in text[:_LONGEST])


def _numbered(names: dict[str, str], taken: Collection[str]) -> dict[str, str]:
    """Return the names, with a number appended to those that are taken or equal an earlier one, regardless of case."""
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
