"""Read the members below `environment/` of a run's zip into rows, one for each fact."""

from __future__ import annotations

from collections.abc import Iterator

from ...column_values import EnvironmentKind
from ...run_rows import EnvironmentRow
from ..lossless_json import clean, dump
from ..read_errors import UNREADABLE_ZIP
from ..zip.members import Members
from .manifest import ROOT, read_json

_OBJECTS = {
    EnvironmentKind.SYSTEM: "environment/system.json",
    EnvironmentKind.PYTHON: "environment/python.json",
    EnvironmentKind.GIT: "environment/git.json",
    EnvironmentKind.CONTAINER: "environment/container.json",
    EnvironmentKind.VARIABLE: "environment/env_vars.json",
}
"""The members that are JSON objects, by kind; each key of an object is a fact of that kind."""

_PACKAGES, _COMMAND = "environment/packages.txt", "environment/command.txt"

_LARGEST_TEXT = 4 << 20
"""Text members larger than this, in bytes, are not parsed."""


def environment_rows(archive: Members, run_id: int) -> Iterator[EnvironmentRow]:
    """Yield the facts about the run's environment, each name of a kind once."""
    for kind, name in _OBJECTS.items():
        for key, value in read_json(archive, name).items():
            yield EnvironmentRow(run_id, kind, clean(key), _value(value))
    packages = dict(_package(line) for line in _lines(archive, _PACKAGES) if not line.startswith("#"))
    for package, version in packages.items():
        yield EnvironmentRow(run_id, EnvironmentKind.PACKAGE, package, version)
    command = dict(line.partition(":")[::2] for line in _lines(archive, _COMMAND) if ":" in line)
    for key, text in command.items():
        yield EnvironmentRow(run_id, EnvironmentKind.COMMAND, key, text.strip())


def _value(value: object) -> str | None:
    if isinstance(value, str):
        return clean(value)
    return None if value is None else dump(value)


def _lines(archive: Members, name: str) -> Iterator[str]:
    """Yield the member's lines that are not blank; none if the member cannot be read."""
    entry = archive.find(ROOT + name)
    if entry is None or entry.size > _LARGEST_TEXT:
        return
    try:
        text = archive.peek(entry).decode(errors="replace")
    except UNREADABLE_ZIP:
        return
    yield from (line.strip() for line in text.split("\n") if line.strip())


def _package(line: str) -> tuple[str, str | None]:
    """Return name and version from a line of `pip freeze`; a package installed from a URL has the URL as its version."""
    requirement = line.partition(" #")[0].strip()
    for separator in ("==", " @ "):
        name, matched, version = requirement.partition(separator)
        if matched:
            return name.strip(), version.strip()
    return requirement, None
