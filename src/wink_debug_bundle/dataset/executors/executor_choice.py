"""Choose what runs the tasks: processes of this machine, or a cluster of Dask or Ray that runs already."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from ...errors import BundleError
from ..extras import require
from .ray_executor import RayExecutor

_FORMS = "local, dask:ADDRESS or ray:ADDRESS"

_RETRIES = 3
"""How often Dask tries a task again that failed or whose worker died."""


def check_choice(choice: str) -> str:
    """Return the text if it names an executor.

    Raises:
        ValueError: it names none.
    """
    engine, colon, _ = choice.partition(":")
    if choice != "local" and not (colon and engine in ("dask", "ray")):
        raise ValueError(f"{choice!r} is not an executor: give {_FORMS}")
    return choice


@contextmanager
def chosen_executor(choice: str) -> Iterator[Executor | None]:
    """Yield the executor that a text names, which is closed afterwards; None for processes of this machine.

    `dask:` and `ray:` without an address start a cluster on this machine.

    Raises:
        ValueError: the text names no executor.
        BundleError: the package of the engine is missing, or its cluster cannot be reached.
    """
    engine, _, address = check_choice(choice).partition(":")
    if engine == "local":
        yield None
        return
    executor = _dask(address) if engine == "dask" else RayExecutor(address)
    with executor as opened:
        yield opened


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    """Yield an executor of the Dask cluster at an address, such as tcp://scheduler:8786."""
    distributed = require("distributed", "dask")
    try:
        client = distributed.Client(address or None, set_as_default=False)
    except (OSError, ValueError) as error:
        raise BundleError(f"dask:{address}: cannot be reached: {error}") from error
    with client:
        executor: Executor = client.get_executor(pure=False, retries=_RETRIES)
        yield executor
