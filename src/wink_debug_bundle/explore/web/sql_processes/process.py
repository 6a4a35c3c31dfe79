"""One SQL worker, as its server sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from ....processes.fresh_interpreter import interpreter_command
from . import sql_worker
from .messages import LENGTH, LONGEST_MESSAGE, Answer, Statement, decode_answer, encoded
from .served_file import ServedFile


class WorkerProcess:
    """A process that runs one statement at a time."""

    def __init__(self, bundle: ServedFile, niceness: int) -> None:
        self._channel, worker_end = socket.socketpair()
        with worker_end:
            arguments = (worker_end.fileno(), str(bundle.path), bundle.identity, os.getpid(), niceness)
            # A session of its own: Ctrl-C in the terminal is for the server alone.
            self._process = subprocess.Popen(
                interpreter_command(sql_worker.__name__, arguments),
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
        async with aclosing(self.stream(statement)) as answers:
            return await anext(answers)

    async def stream(self, statement: Statement) -> AsyncGenerator[Answer]:
        """Run a statement and yield its answers; the worker reads ahead by no more than fits into a socket.

        Raises:
            TimeoutError: the statement could not be interrupted.
            EOFError, OSError, ValueError: the worker died, or said what no worker says.
        """
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._channel)
        reader, writer = self._streams
        writer.write(encoded(statement))
        has_more = True
        while has_more:
            async with asyncio.timeout(statement.seconds + sql_worker.GRACE_SECONDS):
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                if length > LONGEST_MESSAGE:
                    raise ValueError("the message is too long")
                answer = decode_answer(await reader.readexactly(length))
            has_more = statement.in_blocks and answer.has_more
            yield answer

    def used_its_time(self) -> bool:
        """Return whether the process ended because its statement had used all of its processor time."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=1) == -signal.SIGPROF
        return False

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
