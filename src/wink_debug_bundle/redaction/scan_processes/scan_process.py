"""The process that scans parts of a bundle: read tasks from standard input, write messages to standard output.

No message of an error travels that was not made for people: others may show what was scanned.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import Any, BinaryIO

from ...errors import BundleError
from ..passes.part_scanning import PartScanner
from ..passes.scan_settings import ScanSettings

_LENGTH_BYTES = 8


def main() -> None:
    """Scan each part that is given; stop when standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the one that gives the tasks decides
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    source = sys.stdin.buffer
    try:
        scanner = PartScanner(receive(source))
        while True:
            task = receive(source)
            if isinstance(task, ScanSettings):
                scanner.close()
                del scanner  # what it looked for is large, and goes before what the next one looks for comes
                scanner = PartScanner(task)
                continue
            for message in scanner.scan(task):
                send(output, message)
            send(output, None)
    except BundleError as error:
        send(output, error)
    except (BrokenPipeError, EOFError):
        os._exit(1)
    except Exception as error:  # noqa: BLE001 - the process that gave the task reports it, without its text
        send(output, BundleError(f"scanning failed with {type(error).__name__} in {place_of(error)}"))


def place_of(error: BaseException) -> str:
    """Return the module and line in which an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno}"


def send(stream: BinaryIO, message: object) -> None:
    """Write a message that `receive` reads."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message.

    Raises:
        EOFError: the stream has ended.
    """
    length = stream.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        raise EOFError
    return pickle.loads(stream.read(int.from_bytes(length, "big")))  # noqa: S301 - of our own process
