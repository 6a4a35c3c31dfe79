"""Import what only the search for secrets needs, or say how to install it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..errors import BundleError


def detection_installed() -> bool:
    """Return whether a detector can be made."""
    return installed("re2") and (installed("hyperscan") or installed("ahocorasick_rs"))


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
