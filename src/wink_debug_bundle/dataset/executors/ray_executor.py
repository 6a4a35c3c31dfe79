"""Run tasks on a cluster of Ray, behind the interface of `concurrent.futures`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from ...errors import BundleError
from ..extras import require

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_RETRIES = 3
"""How often Ray tries a task again whose worker died."""


class RayExecutor(Executor):
    """Runs tasks on the Ray cluster at an address; without one, on a new cluster of this machine."""

    def __init__(self, address: str = "") -> None:
        self._ray = require("ray", "ray")
        self._is_own = not self._ray.is_initialized()
        if self._is_own:
            try:
                self._ray.init(address=address or "local", log_to_driver=False)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise BundleError(f"ray:{address}: cannot be reached: {error}") from error

    def submit(
        self, fn: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        """Run a function that can be pickled on the cluster; the future has what it returns or raises."""
        remote: Any = self._ray.remote(max_retries=_RETRIES)(_call)
        future: Future[_Result] = remote.remote(fn, args, kwargs).future()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as declared
        """Leave the cluster, or stop it if it was started here."""
        del wait, cancel_futures
        if self._is_own:
            self._ray.shutdown()


def _call(function: Callable[..., _Result], arguments: tuple[Any, ...], named: dict[str, Any]) -> _Result:
    """Call the function; Ray would take a class for an actor."""
    return function(*arguments, **named)
