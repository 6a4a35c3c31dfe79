"""Say what went wrong: one message on stderr, one exit code, never a traceback."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from ...errors import BundleError, DamagedBundleError
from ...terminal_text import visible
from .. import signals

CLOSED_PIPE = 141
"""Exit code when the reader of the output went away, as a shell reports it of other programs."""

DAMAGED = 3
"""Exit code when the file is a bundle that cannot be read in full, and not another file."""

_log = logging.getLogger("wink_debug_bundle")


class Failure(click.ClickException):
    """The work failed; click prints the message and exits with 1."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(map(visible, lines)))


class Damage(Failure):
    """The bundle is damaged."""

    exit_code = DAMAGED


class ReportingGroup(click.Group):
    """A group of commands whose errors become messages."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        _print_anything(sys.stdout)
        with _reported():
            result = super().invoke(ctx)
            if sys.stdout is not None:
                with stdout_named():
                    sys.stdout.flush()
        return result


@contextmanager
def stdout_named() -> Iterator[None]:
    """Name standard output in errors of the block that writes to it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_stdout()
        raise Failure(f"standard output: {error.strerror or error}") from error


@contextmanager
def _reported() -> Iterator[None]:
    """Turn whatever ends the block early into a message and an exit code."""
    try:
        yield
    except click.ClickException as error:
        if not isinstance(error, Failure):  # it may repeat a name that a pattern of the shell found
            error.message = visible(error.message)  # type: ignore[misc]
        raise
    except (click.exceptions.Exit, click.Abort):
        raise
    except BrokenPipeError:
        _discard_stdout()
        raise click.exceptions.Exit(CLOSED_PIPE) from None
    except KeyboardInterrupt:
        raise _interrupted() from None
    except BundleError as error:
        if signals.received:
            raise _interrupted() from None
        raise (Damage if isinstance(error, DamagedBundleError) else Failure)(*error.lines) from error
    except OSError as error:
        what = error.strerror or str(error)
        raise Failure(f"{os.fsdecode(error.filename)}: {what}" if error.filename else what) from error
    except Exception as error:
        _log.debug("unexpected", exc_info=True)
        hint = "this is a fault of wink-debug-bundle; run again with --verbose to see where it happened"
        raise Failure(f"{type(error).__name__}: {error}", hint) from error


def _interrupted() -> click.exceptions.Exit:
    click.echo("Interrupted", err=True)
    return click.exceptions.Exit(signals.exit_code())


def _print_anything(stream: object) -> None:
    """Print characters that the terminal's encoding lacks as escapes, instead of failing on them."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _discard_stdout() -> None:
    """Send what is still buffered nowhere, or Python complains about it at its end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
