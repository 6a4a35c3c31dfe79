"""Import what only the search for secrets needs, or say how to install it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..errors import BundleError

MODULES = ("re2", "hyperscan", "ahocorasick_rs")
"""The modules of the extra. Hyperscan is optional where it has no wheels."""


def detection_installed() -> bool:
    """Return whether a detector can be made."""
    return find_spec("re2") is not None


def installed(module: str) -> bool:
    """Return whether a module of the extra is there."""
    return find_spec(module) is not None


def detection_module(module: str) -> Any:
    """Return a module of the extra `redact`.

    Raises:
        BundleError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise BundleError(
            f"the module {module} is missing ({error}); install it by: pip install 'wink-debug-bundle[redact]'"
        ) from error
