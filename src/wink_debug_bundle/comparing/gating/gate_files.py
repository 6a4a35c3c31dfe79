"""Write what a gate found to files that CI systems read."""

from __future__ import annotations

from pathlib import Path

from ...errors import BundleError, BundleExistsError
from ...explore.export_file import complete_or_absent

_REPORT = b"<testsuites"
"""An early word of every JUnit report."""

_EARLY = 1000


def write_junit(report: str, path: Path) -> None:
    """Write a JUnit report, which appears when it is complete; it replaces no other file than such a report.

    Raises:
        BundleExistsError: another file is there.
        BundleError: the file cannot be written.
    """
    if path.exists() and not _is_report(path):
        raise BundleExistsError(f"{path}: exists already, and is not a JUnit report; name another file")
    try:
        with complete_or_absent(path, replace=True) as stream:
            stream.write(report)
    except OSError as error:
        raise BundleError(f"{path}: cannot be written: {error.strerror or error}") from error


def _is_report(path: Path) -> bool:
    """Return whether a file is a JUnit report, or may be: one that cannot be read is not."""
    if not path.is_file():  # opening a pipe would wait
        return False
    try:
        with path.open("rb") as stream:
            return _REPORT in stream.read(_EARLY)
    except OSError:
        return False
