"""Recognise URLs, and paths and URLs that name a dataset, without importing what reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path, PosixPath
from urllib.parse import urlsplit, urlunsplit

from ..errors import BundleError

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
    folder = os.path.expanduser(path)  # as fsspec reads the paths of datasets
    return folder if any(os.path.isdir(os.path.join(folder, name)) for name in _FOLDERS) else None


def is_web(url: str) -> bool:
    """Return whether a URL is that of a file or a folder on a web server."""
    return url.lower().startswith(("http://", "https://"))


def without_credentials(url: str) -> str:
    """Return a URL without its password and its user, query and fragment, as far as these may be secret.

    A name without a password is no secret outside of the web: `abfs://container@account` names a place.
    """
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2] if _has_secret_user(url) else parts.netloc
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def check_secrets(url: str) -> None:
    """Refuse the URL of sources if it has a password or a token, which all bundles of a dataset would name.

    Raises:
        BundleError: it has one.
    """
    if url_in(url) and (_has_secret_user(url) or (is_web(url) and urlsplit(url).query)):
        raise BundleError(
            f"{without_credentials(url)}: a dataset names its sources, so that their URL may have no password, and on the"
            " web no user and no query; give these as the file system takes them otherwise, or download the files first"
        )


def _has_secret_user(url: str) -> bool:
    """Return whether what stands before the host may be secret."""
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    return bool(at) and (is_web(url) or ":" in user)


def folder_prefix(url: str) -> str:
    """Return the URL of a folder with a slash at its end."""
    return url if url.endswith("/") else f"{url}/"


def _url_of(text: str) -> str | None:
    """Return a URL with as many slashes as it must have; None if it is not one."""
    url = _URL.fullmatch(text)
    if url is None:
        return None
    return f"{url[1]}:{'///' if url[1] == 'file' else '//'}{url[2]}"
