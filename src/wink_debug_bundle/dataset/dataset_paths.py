"""Recognise a path or a URL that names a dataset."""

from __future__ import annotations

import re
from pathlib import Path

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.+)")
"""A URL, also after the type Path has made one slash of two."""

_FOLDERS = ("_commits", "_plan")


def dataset_place(path: Path) -> str | None:
    """Return the URL or path of the dataset that an argument names; None if it can only name a file."""
    url = _URL.fullmatch(str(path))
    if url is not None and not path.exists():
        return f"{url[1]}://{url[2]}"
    return str(path) if any((path / name).is_dir() for name in _FOLDERS) else None
