"""A thread that does what it is given in its order, while its owner makes the next; what waits for it is bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class BoundedThread:
    """A thread that does one call after the other; at the end of the `with` block, all of them are done.

    Args:
        name: The name of the thread.
        most_bytes: Bytes that calls which are not done may need; one that needs more waits for all before it.
    """

    def __init__(self, name: str, most_bytes: int) -> None:
        self._executor = ThreadPoolExecutor(1, name)
        self._most_bytes = most_bytes
        self._given: deque[tuple[Future[Any], int]] = deque()
        self._bytes = 0

    def submit(
        self,
        size: int,
        function: Callable[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Future[Result]:
        """Let the thread call the function, for which it needs `size` bytes, after all that it was given before.

        Wait first, while the calls that are not done need too much.
        """
        while self._given and (self._bytes + size > self._most_bytes or self._given[0][0].done()):
            future, freed = self._given.popleft()
            future.exception()  # waits; the one who asks for the result is told
            self._bytes -= freed
        future = self._executor.submit(function, *arguments, **named)
        self._given.append((future, size))
        self._bytes += size
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True)
