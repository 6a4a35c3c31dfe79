"""Decide which folders are the folder of a run, and which files belong to it; on disk and in zips alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from ..runs.manifest import FILESYSTEM, LINE_MEMBERS, MANIFEST, ROOT, Manifest

_KNOWN = {
    *LINE_MEMBERS,
    MANIFEST,
    "README.txt",
    "config.json",
    "run_context.json",
    "metrics.json",
    "prompt_overrides.json",
    "error.json",
    "eval.json",
}
_KNOWN_FOLDERS = (FILESYSTEM, "environment/", "request/")
"""Names and folders of the members that the library writes."""

_TYPICAL = {*LINE_MEMBERS, "request/input.json"}
"""Members by which the folder of a run is recognised where its manifest is missing or damaged."""

_JUNK = "__MACOSX/"
"""The folder in which macOS keeps side files in a zip; they have the names of the files that they belong to."""

ReadManifest = Callable[[str], Manifest]
"""Returns the manifest of that path, as far as it can be read."""


class Names(Protocol):
    """The names of files; it may yield more of them than it contains."""

    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, name: object, /) -> bool: ...


def run_roots(names: Names, read: ReadManifest) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """Yield the folders of runs, each with a function that says whether a path in it belongs to the run.

    A folder has a slash at its end, or is "". No folder of a run is in another one: an agent's files may look like
    one. The files of a run in a folder with another name than `debug_bundle` are those that the library writes and those
    that the manifest names; whatever else lies there has come later.
    """
    last: tuple[str, Callable[[str], bool]] | None = None
    for root in sorted(_candidates(names)):
        if last is not None and root.startswith(last[0]) and last[1](root + MANIFEST):
            continue
        manifest = read(root + MANIFEST) if root + MANIFEST in names else Manifest({})
        is_named = f"/{root}".endswith(f"/{ROOT}")
        has_typical = any(root + name in names for name in _TYPICAL)
        if not (manifest.is_ours or (is_named and has_typical)):
            continue
        last = root, _belongs(root, manifest, is_named=is_named)
        yield last


def _candidates(names: Names) -> set[str]:
    """Return the folders that have a manifest or are named like the folder of a run."""
    roots = set()
    for name in names:
        if f"/{name}".endswith(f"/{MANIFEST}"):
            roots.add(name.removesuffix(MANIFEST))
        elif (place := f"/{name}".find(f"/{ROOT}")) >= 0:
            roots.add(name[:place] + ROOT)
    return {root for root in roots if not is_junk(root)}


def is_junk(name: str) -> bool:
    """Return whether a member of a zip is one of the side files of macOS."""
    return name.startswith(_JUNK)


def _belongs(root: str, manifest: Manifest, *, is_named: bool) -> Callable[[str], bool]:
    def belongs(path: str) -> bool:
        name = path.removeprefix(root)
        if not path.startswith(root):
            return False
        return is_named or name in _KNOWN or name in manifest.listed or name.startswith(_KNOWN_FOLDERS)

    return belongs
