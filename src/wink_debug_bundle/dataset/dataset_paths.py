"""Recognise URLs, and paths and URLs that name a dataset, without importing what reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path, PosixPath

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.+)")
"""A URL, also after the type Path has made one slash of two."""

_FOLDERS = ("_commits", "_plan")


class UrlPath(PosixPath):
    """A URL where code has paths, which messages name as a URL: the type Path would make one slash of two."""

    def __str__(self) -> str:
        """Return the URL."""
        text = super().__str__()
        return _url_of(text) or text


def place_path(place: str | os.PathLike[str]) -> Path:
    """Return a path that messages name as the URL that it is, or as the path of this machine."""
    return Path(place) if url_in(os.fspath(place)) is None else UrlPath(place)


def url_in(place: str | Path) -> str | None:
    """Return the URL that a text or path names; None if it is a path of this machine."""
    url = _url_of(str(place))
    return None if url is None or Path(place).exists() else url


def dataset_place(path: Path) -> str | None:
    """Return the URL or path of the dataset that an argument names; None if it can only name a file."""
    if (url := url_in(path)) is not None:
        return url
    return str(path) if any((path / name).is_dir() for name in _FOLDERS) else None


def _url_of(text: str) -> str | None:
    """Return a URL with as many slashes as it must have; None if it is not one."""
    url = _URL.fullmatch(text)
    if url is None:
        return None
    return f"{url[1]}:{'///' if url[1] == 'file' else '//'}{url[2]}"
