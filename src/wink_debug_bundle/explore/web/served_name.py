"""Name a bundle in addresses: Datasette pastes the name into links, so it must have no character that means something."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ...bundle_files import bundle_stem

_OTHER = re.compile(r"[^A-Za-z0-9_-]+")
_RESERVED = {"", "_internal", "_memory"}
_LONGEST = 80


def served_name(path: Path) -> str:
    """Return the bundle's name in addresses: its file's stem, with a hyphen for all but letters, digits, `-` and `_`."""
    name = _OTHER.sub("-", shown_name(path)).strip("-")[:_LONGEST]
    return "bundle" if name in _RESERVED else name


def shown_name(path: Path) -> str:
    """Return the stem of the file's name as text, with bytes that are not UTF-8 replaced."""
    return os.fsencode(bundle_stem(path)).decode("utf-8", "replace")
