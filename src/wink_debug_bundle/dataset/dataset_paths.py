"""Recognise URLs, and paths and URLs that name a dataset, without importing what reads them."""

from __future__ import annotations

import re
from pathlib import Path

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.+)")
"""A URL, also after the type Path has made one slash of two."""

_FOLDERS = ("_commits", "_plan")


def url_in(place: str | Path) -> str | None:
    """Return the URL that a text or path names; None if it is a path of this machine."""
    url = _URL.fullmatch(str(place))
    return None if url is None or Path(place).exists() else f"{url[1]}://{url[2]}"


def dataset_place(path: Path) -> str | None:
    """Return the URL or path of the dataset that an argument names; None if it can only name a file."""
    if (url := url_in(path)) is not None:
        return url
    return str(path) if any((path / name).is_dir() for name in _FOLDERS) else None
