"""Log the package's own events in the form of the weakincentives library's structured log records.

A record has the attributes `event` and `context`, so that a log handler made for the library's records, such as its
`collect_all_logs`, writes ours in the same way.
"""

from __future__ import annotations

import logging
from enum import Enum

logger = logging.getLogger("wink_debug_bundle")
logger.addHandler(logging.NullHandler())  # or Python prints warnings where no logging is configured


class Event(Enum):
    """The name of each event, and the level at which it is logged."""

    CREATE = ("debug_bundle.create", logging.INFO)
    IMPORT_SNAPSHOT = ("debug_bundle.import_snapshot", logging.DEBUG)
    IMPORT_LOGS = ("debug_bundle.import_logs", logging.DEBUG)
    IMPORT_ARCHIVE = ("debug_bundle.import_archive", logging.DEBUG)
    IMPORT_RUN = ("debug_bundle.import_run", logging.DEBUG)
    IMPORT_ERROR = ("debug_bundle.import_error", logging.WARNING)
    INCOMPLETE_PROMPTS = ("debug_bundle.incomplete_prompts", logging.WARNING)
    SERVE = ("debug_bundle.serve", logging.INFO)
    REDACT = ("debug_bundle.redact", logging.INFO)
    OPEN = ("debug_bundle.open", logging.INFO)


def emit(event: Event, **context: object) -> None:
    """Log `event` at its level, with `context`."""
    name, level = event.value
    logger.log(level, name, extra={"event": name, "context": context})
