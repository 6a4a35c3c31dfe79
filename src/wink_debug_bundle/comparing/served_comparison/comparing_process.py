"""Let a process make a page about a comparison, and end it when it takes too long."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from ...processes.fresh_interpreter import interpreter_command
from . import comparing_worker
from .page_order import MadePage, PageOrder

SECONDS = 60.0
_LONGEST_ANSWER = 64 << 20

_TOO_SLOW = "The comparison took too long and was stopped. Compare on the command line: wink-debug-bundle compare"
_ENDED = "The comparison was stopped, as it needs more time or memory than a page may use. On the command line: "


class ComparingProcesses:
    """The processes of a server that compare."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()

    async def made(self, order: PageOrder) -> MadePage:
        """Return the page that a process made, or the error that it had."""
        with self._process(order) as process:
            try:
                async with asyncio.timeout(SECONDS):
                    answer = await asyncio.to_thread(_read, process)
            except TimeoutError:
                return MadePage(error=_TOO_SLOW)
        try:
            return msgspec.json.decode(answer, type=MadePage)
        except msgspec.DecodeError:
            return MadePage(error=f"{_ENDED}wink-debug-bundle compare")

    def kill(self) -> None:
        """End all of them at once. Any thread may call this."""
        for process in tuple(self._running):
            process.kill()

    @contextmanager
    def _process(self, order: PageOrder) -> Iterator[subprocess.Popen[bytes]]:
        """Yield a process that makes the page; whatever happens, it has ended afterwards."""
        arguments = (msgspec.json.encode(order).decode(), os.getpid())
        process = subprocess.Popen(
            interpreter_command(comparing_worker.__name__, arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the server alone
        )
        self._running.add(process)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            self._running.discard(process)
            if process.stdout:
                process.stdout.close()


def _read(process: subprocess.Popen[bytes]) -> bytes:
    """Return what the process writes; nothing if that is too much."""
    answer = process.stdout.read(_LONGEST_ANSWER + 1) if process.stdout else b""
    return b"" if len(answer) > _LONGEST_ANSWER else answer
