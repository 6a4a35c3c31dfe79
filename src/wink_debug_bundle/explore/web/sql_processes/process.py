"""One SQL worker, as its server sees it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import suppress

from . import sql_worker
from .messages import LENGTH, LONGEST_MESSAGE, Answer, Statement, decode_answer, encoded
from .served_file import ServedFile

GRACE_SECONDS = 0.25
"""Seconds that a statement may take after its time is over, to be interrupted the ordinary way."""

_BOOT = "import sys; sys.path[:] = {path!r}; from {module} import main; main({arguments})"


class WorkerProcess:
    """A process that runs one statement at a time."""

    def __init__(self, bundle: ServedFile, niceness: int) -> None:
        self._channel, worker_end = socket.socketpair()
        with worker_end:
            arguments = (worker_end.fileno(), str(bundle.path), bundle.identity, os.getpid(), niceness)
            boot = _BOOT.format(path=sys.path, module=sql_worker.__name__, arguments=", ".join(map(repr, arguments)))
            # A session of its own: Ctrl-C in the terminal is for the server alone.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", boot],
                pass_fds=[worker_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, statement: Statement) -> Answer:
        """Run a statement; afterwards the worker is usable only if this returns.

        Raises:
            TimeoutError: the statement could not be interrupted.
            EOFError, OSError, ValueError: the worker died, or said what no worker says.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._channel)
        reader, writer = self._streams
        writer.write(encoded(statement))
        async with asyncio.timeout(statement.seconds + GRACE_SECONDS):
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            if length > LONGEST_MESSAGE:
                raise ValueError("the message is too long")
            return decode_answer(await reader.readexactly(length))

    def kill(self) -> None:
        """End the process at once, whatever it does. Any thread may call this."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):  # a process that waits for a broken disk ends when the disk answers
            self._process.wait(timeout=1)

    def close(self) -> None:
        """End the process and close the socket to it, in the event loop's thread."""
        self.kill()
        if self._streams:
            self._streams[1].transport.abort()
        else:
            self._channel.close()
