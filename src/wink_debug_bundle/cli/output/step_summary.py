"""The summary of a CI job: a file that GitHub Actions, and what follows its example, shows as Markdown."""

from __future__ import annotations

import os

import click

from .error_reporting import encodable

VARIABLE = "GITHUB_STEP_SUMMARY"
"""Environment variable with the path of the file; each step appends to it."""


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; fail for a pipe without a reader, which would wait for ever."""
    return os.open(path, flags | os.O_NONBLOCK, 0o666)


def append_to_summary(markdown: str) -> None:
    """Append Markdown to the job's summary, if there is one; say on standard error if that fails.

    A full disk changes nothing about what the command found, so that its exit code stays the same.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8", opener=_without_waiting) as stream:
            stream.write(f"{markdown}\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        click.echo(encodable(f"Warning: {path}: the summary ({VARIABLE}) cannot be written: {reason}", None), err=True)
