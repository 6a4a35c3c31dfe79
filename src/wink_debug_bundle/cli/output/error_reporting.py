"""Report an error as one message on stderr and an exit code, never as a traceback."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import click

from ...errors import BundleError, DamagedBundleError
from ...terminal_text import visible
from .. import signals

CLOSED_PIPE = 141
"""Exit code if the program that reads the output has closed it; shells report 128 + SIGPIPE for other programs."""

DAMAGED = 3
"""Exit code if the file is a damaged bundle."""

_log = logging.getLogger("wink_debug_bundle")


def encodable(text: str, stream: TextIO | None) -> str:
    """Return the text with escapes for what the stream's encoding does not have; click would write it as UTF-8."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Failure(click.ClickException):
    """The work failed; click prints the message and exits with code 1."""

    def __init__(self, *lines: str) -> None:
        super().__init__(encodable("\n".join(map(visible, lines)), sys.stderr))


class Damage(Failure):
    """The bundle is damaged."""

    exit_code = DAMAGED


class ReportingGroup(click.Group):
    """A group of commands whose errors are reported as messages."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse the options, and report errors of that: the options --help and --version are answered meanwhile."""
        with _errors_reported(), stdout_errors():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command, and report its errors."""
        _escape_unencodable(sys.stdout)
        with _errors_reported():
            result = super().invoke(ctx)
            if sys.stdout is not None:
                with stdout_errors():
                    sys.stdout.flush()
        return result


@contextmanager
def stdout_errors() -> Iterator[None]:
    """Turn errors of writing to standard output in the block into a failure that names it.

    Raises:
        BrokenPipeError: the program that reads the output has closed it.
        Failure: it cannot be written for another reason.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_stdout()
        raise Failure(f"standard output: {error.strerror or error}") from error


@contextmanager
def _errors_reported() -> Iterator[None]:
    """Turn each exception of the block into a message and an exit code."""
    try:
        yield
    except click.ClickException as error:
        if not isinstance(error, Failure):  # a message of click's may repeat a file name with control characters
            error.message = encodable(visible(error.message), sys.stderr)  # type: ignore[misc]
        raise
    except (click.exceptions.Exit, click.Abort):
        raise
    except BrokenPipeError:
        _discard_stdout()
        raise click.exceptions.Exit(CLOSED_PIPE) from None
    except KeyboardInterrupt:
        raise _interrupted() from None
    except Exception as error:
        if not isinstance(error, (BundleError, OSError)):
            _log.debug("unexpected", exc_info=True)
        if signals.received:  # a signal may end code in the middle of a step, such as the start of a thread, in any way
            raise _interrupted() from None
        raise _failure(error) from error


def _failure(error: Exception) -> Failure:
    """Return what is printed of an exception."""
    if isinstance(error, BundleError):
        return (Damage if isinstance(error, DamagedBundleError) else Failure)(*error.lines)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return Failure(f"{os.fsdecode(error.filename)}: {reason}" if error.filename else reason)
    hint = "this is a bug in wink-debug-bundle; run again with --verbose to see where it happened"
    return Failure(f"{type(error).__name__}: {error}", hint)


def _interrupted() -> click.exceptions.Exit:
    signals.uninstall()  # all is cleaned up: a second signal must not raise an exception on the way out
    click.echo("Interrupted", err=True)
    return click.exceptions.Exit(signals.exit_code())


def _escape_unencodable(stream: object) -> None:
    """Let the stream write characters that its encoding does not have as escapes, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _discard_stdout() -> None:
    """Discard buffered output; Python would try to write it at exit, and report an error."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
