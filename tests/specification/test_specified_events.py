"""The package logs the specification's events in the form of the library's structured loggers."""

from __future__ import annotations

import logging

import pytest
from support.artifact_samples import archive, lines, log_record, slice_of, snapshot, write_files

from wink_debug_bundle import DebugBundle

EVENTS = {
    "debug_bundle.create": (logging.INFO, {"path", "bundle_id", "source_directory"}),
    "debug_bundle.import_snapshot": (logging.DEBUG, {"path", "session_count", "slice_count"}),
    "debug_bundle.import_logs": (logging.DEBUG, {"path", "record_count"}),
    "debug_bundle.import_archive": (logging.DEBUG, {"path", "file_count"}),
    "debug_bundle.import_error": (logging.WARNING, {"path", "line", "error"}),
    "debug_bundle.open": (logging.INFO, {"path", "schema_version"}),
}


class Collector(logging.Handler):
    """A log handler that keeps all records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def named(self, event: str) -> list[logging.LogRecord]:
        """Return the records of one event."""
        return [record for record in self.records if getattr(record, "event", None) == event]


@pytest.fixture
def collected(tmp_path):
    """Return the records logged by a build of one artifact of each kind, with a malformed line in the log."""
    folder = write_files(
        tmp_path / "debug",
        {
            "s.jsonl": lines(snapshot("s1"), snapshot("s2", slice_of("a:B", {}), slice_of("a:C", {}))),
            "l.log": lines(log_record(), b"{broken", log_record()),
            "f.zip": archive({"a": "1", "b": "2", "c": "3"}),
        },
    )
    collector, root = Collector(), logging.getLogger()
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.DEBUG)
    try:
        with DebugBundle.from_directory(folder):
            return collector
    finally:
        root.removeHandler(collector)
        root.setLevel(level)


@pytest.mark.parametrize("event", EVENTS)
class TestEachEvent:
    """Each event in the specification's table, except that of `serve`."""

    def test_level(self, collected, event):
        """The event is logged at its specified level."""
        assert {record.levelno for record in collected.named(event)} == {EVENTS[event][0]}

    def test_context(self, collected, event):
        """The context has the specified keys, and may have further ones."""
        [record] = collected.named(event)
        assert EVENTS[event][1] <= set(record.context)

    def test_message(self, collected, event):
        """The message is the event's name, for handlers that do not show events."""
        [record] = collected.named(event)
        assert record.getMessage() == event


class TestContexts:
    """Values in the contexts."""

    def test_create(self, collected, tmp_path):
        """The build's event has the output and the source."""
        [record] = collected.named("debug_bundle.create")
        assert record.context["path"] == str(tmp_path / "debug" / "bundle.db")
        assert record.context["source_directory"] == str(tmp_path / "debug")

    @pytest.mark.parametrize(
        ("event", "counts"),
        [
            ("debug_bundle.import_snapshot", {"session_count": 2, "slice_count": 3}),
            ("debug_bundle.import_logs", {"record_count": 2}),
            ("debug_bundle.import_archive", {"file_count": 3}),
        ],
    )
    def test_counts(self, collected, event, counts):
        """An import's event has the counts."""
        [record] = collected.named(event)
        assert {key: record.context.get(key) for key in counts} == counts

    def test_error(self, collected):
        """A malformed line's event has its file and number."""
        [record] = collected.named("debug_bundle.import_error")
        assert record.context["path"].endswith("l.log")
        assert record.context["line"] == 2
        assert "character" in record.context["error"]

    def test_open(self, collected, tmp_path):
        """The event of opening has the schema version."""
        [record] = collected.named("debug_bundle.open")
        assert record.context == {"path": str(tmp_path / "debug" / "bundle.db"), "schema_version": 1}

    def test_one_logger(self, collected):
        """All events are logged by the package's own logger."""
        ours = [record for record in collected.records if record.name.partition(".")[0] == "wink_debug_bundle"]
        assert {record.name for record in ours} == {"wink_debug_bundle"}
        assert {record.event for record in ours} == set(EVENTS)
