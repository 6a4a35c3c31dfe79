"""The package's own log events, shaped as the library's structured loggers shape theirs.

A record carries `event` and `context` as attributes, so that a JSON log handler which knows the library's
records (its `collect_all_logs`, say) writes ours the same way.
"""

from __future__ import annotations

import logging
from enum import Enum

logger = logging.getLogger("wink_debug_bundle")
logger.addHandler(logging.NullHandler())  # what a library logs is shown only where its user asks for it


class Event(Enum):
    """Every event, with the level it is logged at."""

    CREATE = ("debug_bundle.create", logging.INFO)
    IMPORT_SNAPSHOT = ("debug_bundle.import_snapshot", logging.DEBUG)
    IMPORT_LOGS = ("debug_bundle.import_logs", logging.DEBUG)
    IMPORT_ARCHIVE = ("debug_bundle.import_archive", logging.DEBUG)
    IMPORT_RUN = ("debug_bundle.import_run", logging.DEBUG)
    IMPORT_ERROR = ("debug_bundle.import_error", logging.WARNING)
    INCOMPLETE_PROMPTS = ("debug_bundle.incomplete_prompts", logging.WARNING)
    SERVE = ("debug_bundle.serve", logging.INFO)
    OPEN = ("debug_bundle.open", logging.INFO)


def emit(event: Event, **context: object) -> None:
    """Log `event` at its level with `context`."""
    name, level = event.value
    logger.log(level, name, extra={"event": name, "context": context})
