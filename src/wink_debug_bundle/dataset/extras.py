"""Import what only datasets need, or say how to install it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

from ..errors import BundleError

Extra = Literal["dataset", "dask", "ray", "s3"]


def require(module: str, extra: Extra = "dataset") -> Any:
    """Return a module that an optional dependency has.

    Raises:
        BundleError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise BundleError(
            f"the package {package} is missing ({error}); install it by: pip install 'wink-debug-bundle[{extra}]'"
        ) from error
