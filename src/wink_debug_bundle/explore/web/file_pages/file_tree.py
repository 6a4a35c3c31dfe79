"""Make a tree of the paths of an archive's files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ....terminal_text import visible

_DEEPEST = 24
"""Folders within folders; the names of deeper ones stay together."""


@dataclass(frozen=True)
class StoredFile:
    """A file of an archive: its row, its name, its size, and whether its bytes could not be read."""

    id: int
    name: str
    size: int
    is_lost: bool


@dataclass
class Folder:
    """A folder of an archive: its name, its path, and what it holds."""

    name: str
    path: str
    folders: dict[str, Folder] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)


def file_tree(rows: Iterable[tuple[int, str, int, int]], below: str) -> Folder:
    """Return the tree of files, given as id, path, size and whether they are lost, below a folder's path."""
    root = Folder("", below)
    for number, path, size, is_lost in rows:
        *names, last = path[len(below) :].split("/")
        if len(names) > _DEEPEST:
            names, last = names[:_DEEPEST], "/".join([*names[_DEEPEST:], last])
        folder = root
        for name in names:
            inner = Folder(_shown(name), f"{folder.path}{name}/")
            folder = folder.folders.setdefault(name, inner)
        folder.files.append(StoredFile(number, _shown(last), size, bool(is_lost)))
    return root


def _shown(name: str) -> str:
    return visible(name) or "(no name)"
