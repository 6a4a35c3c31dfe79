"""Say by the names of files alone which of them belong together, so that no run is divided among shards.

Planning must not open a million files. Where names leave it open, files stay together: a unit that is too large costs
time, one that is too small would cut a run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_RUN_FOLDER = "debug_bundle"
"""The folder of a run, as the library names it."""

_MANIFEST = "manifest.json"
_TYPICAL = ("logs/app.jsonl", "request/input.json", "session/before.jsonl", "session/after.jsonl", "transcript.jsonl")
"""Files of a run by which a folder with a manifest is that of a run."""

_RUN_ZIP = re.compile(r".+_\d{8}_\d{6}\.zip", re.IGNORECASE)
"""The name that the library gives the zip of a run."""

_SESSION = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.jsonl", re.IGNORECASE)
"""The beginning of the name that the library gives the snapshots of a session, after its id."""

_LINES = re.compile(r"\.(jsonl|ndjson|log)(\.|$)", re.IGNORECASE)


def units_of(names: Sequence[str]) -> list[str]:
    """Return the unit of each name: the run's own, if several runs share a folder, else the folder."""
    roots = _run_roots(names)
    with_lines = {_folder(name) for name in names if _LINES.search(name, name.rfind("/") + 1)}
    run_counts = _run_counts(names, roots, with_lines)
    units: list[str] = []
    for name in names:
        run = _run_of(name, roots, with_lines)
        unit = _folder(name if run is None else run)
        if run is not None and run_counts[unit] > 1:
            unit = run
        units.append(units[-1] if units and units[-1] == unit else unit)  # one text for each unit
    joined = _with_shared_sessions(names, units)
    return [joined.get(unit, unit) for unit in units] if joined else units


def _run_counts(names: Iterable[str], roots: set[str], with_lines: set[str]) -> Counter[str]:
    """Return the number of runs in each folder."""
    counts = Counter(map(_folder, roots))
    for name in names:
        if _run_of(name, roots, with_lines) == name:
            counts[_folder(name)] += 1
    return counts


def _with_shared_sessions(names: Sequence[str], units: Sequence[str]) -> dict[str, str]:
    """Return, for each unit with snapshots of a session that earlier units have as well, the first of these units."""
    first_unit: dict[str, str] = {}
    joined: dict[str, str] = {}

    def first(unit: str) -> str:
        while unit in joined:
            unit = joined[unit]
        return unit

    for name, unit in zip(names, units, strict=True):
        found = _SESSION.match(name.rpartition("/")[2])
        if found is not None:
            earlier, own = first(first_unit.setdefault(found[0].lower(), unit)), first(unit)
            if earlier != own:
                joined[own] = earlier
    return {unit: first(unit) for unit in joined}


def _run_of(name: str, roots: set[str], with_lines: set[str]) -> str | None:
    """Return the zip or folder of the run that a file is or is part of; None if it is of no run, by its name."""
    place = name.find("/") if roots else -1
    while place >= 0:
        if name[:place] in roots:
            return name[:place]
        place = name.find("/", place + 1)
    last = name.rpartition("/")[2]
    is_run = _RUN_ZIP.fullmatch(last) or (last.lower().endswith(".zip") and _folder(name) not in with_lines)
    return name if is_run else None


def _run_roots(names: Iterable[str]) -> set[str]:
    """Return the folders of runs that are not zips."""
    roots: set[str] = set()
    manifests: set[str] = set()
    typical: set[str] = set()
    for name in names:
        parts = name.split("/")
        if _RUN_FOLDER in parts[:-1]:
            roots.add("/".join(parts[: parts.index(_RUN_FOLDER) + 1]))
        elif parts[-1] == _MANIFEST:
            manifests.add(_folder(name))
        else:
            typical.update(name.removesuffix(each).rstrip("/") for each in _TYPICAL if f"/{name}".endswith(f"/{each}"))
    return roots | {folder for folder in manifests & typical if folder}


def _folder(name: str) -> str:
    """Return the folder of a path; "." for one without."""
    return name.rpartition("/")[0] or "."
