"""Say what is done with the records of one event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .struct_reading import StructReader

Session = str | None
Handle = Callable[[int, str, Session, Any], Session]
"""Handles a record, and returns the session that it belongs to.

Its arguments are the record's ordinal in its batch (from 1), its timestamp, its session, and its context as a struct of
the event: None if it cannot be read as one.
"""


class RecordHandler(NamedTuple):
    """How the contexts of an event are read, and what is done with each record."""

    reader: StructReader[Any]
    handle: Handle
