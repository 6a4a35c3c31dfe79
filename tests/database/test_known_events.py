"""A process leaves out the events that it has written before."""

from __future__ import annotations

from wink_debug_bundle.database.inserts import known_events
from wink_debug_bundle.database.inserts.known_events import KnownEvents


def test_the_first_row_of_an_event_is_new():
    """Rows keep their order, and of several rows of one event the first is written."""
    rows = [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)]
    assert KnownEvents().new_rows("tool_invocations", rows) == [("a", 1), ("b", 2), ("c", 4)]


def test_events_of_earlier_rows_are_known():
    """An event is written once for its table."""
    known = KnownEvents()
    known.new_rows("tool_invocations", [("a", 1)])
    assert known.new_rows("tool_invocations", [("a", 2), ("b", 3)]) == [("b", 3)]
    assert known.new_rows("prompt_events", [("a", 4)]) == [("a", 4)]


def test_memory_is_bounded(monkeypatch):
    """After very many events, earlier ones are forgotten; the end of the build deletes what is then repeated."""
    monkeypatch.setattr(known_events, "_MOST_IDS", 2)
    known = KnownEvents()
    known.new_rows("tool_invocations", [("a", 1), ("b", 2), ("c", 3)])
    assert known.new_rows("tool_invocations", [("a", 4)]) == [("a", 4)]
