"""Find the artifacts of several folders, and say where the folders that have labels are below the input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ..errors import BundleError
from .discovery import discover
from .source import Source, storable_name


def labels_below(labels: Mapping[Path, str], root: Path) -> dict[str, str]:
    """Return each label by the path of its folder or file below the input, '' for the input itself.

    Raises:
        BundleError: a path does not exist, or is not below `root`.
    """
    return {_name_below(path, root): label for path, label in labels.items()}


def common_folder(folders: Iterable[Path]) -> Path:
    """Return the innermost folder that all the folders are in; a single folder is the input itself."""
    return Path(os.path.commonpath([os.path.realpath(folder) for folder in folders]))


def discover_folders(
    folders: Iterable[Path], root: Path, *, recursive: bool, ignore: Iterable[Path], keep_unrecognised: bool
) -> list[Source]:
    """Return the entries of several folders below `root`, which are called by their paths there.

    Raises:
        BundleError: a folder is not a directory.
        OSError: a folder cannot be listed.
    """
    found: dict[str, Source] = {}
    ignored = [*ignore]
    for folder in folders:
        if not folder.is_dir():
            raise BundleError(f"{folder}: is not a directory; without a DIRECTORY, label folders")
        prefix = _name_below(folder, root)
        for source in discover(folder, recursive=recursive, ignore=ignored, keep_unrecognised=keep_unrecognised):
            name = f"{prefix}/{source.name}" if prefix else source.name
            found[name] = replace(source, name=name)
    return list(found.values())


def _name_below(path: Path, root: Path) -> str:
    if not path.exists():
        raise BundleError(f"{path}: no such file or directory; --label names a folder by its path")
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    if name == os.pardir or name.startswith(os.path.join(os.pardir, "")):
        raise BundleError(f"{path}: is not below {root}; leave DIRECTORY out to read folders that are apart")
    return "" if name == os.curdir else storable_name(name)
