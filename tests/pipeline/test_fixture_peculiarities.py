"""Peculiar artifacts of the real library: many runs together, unusual values, a session dumped twice."""

from __future__ import annotations

import pytest
from support.artifact_samples import FIXTURES, column, expected, rows, sqlite_connection


class TestEvaluation:
    """All samples of an evaluation run in one bundle."""

    SAMPLES = tuple(sorted(f"evaluation/{path.stem}" for path in (FIXTURES / "expected" / "evaluation").glob("*.json")))

    @pytest.mark.parametrize(
        ("table", "total"),
        [
            ("snapshots", "snapshot_lines"),
            ("slice_items", "slice_items"),
            ("tool_invocations", "tool_events"),
            ("logs", "log_records"),
            ("files", "files"),
        ],
    )
    def test_sums(self, evaluation_bundle, table, total):
        """The bundle's counts are the sums over all samples."""
        want = sum(expected(name)["totals"][total] for name in self.SAMPLES)
        assert column(evaluation_bundle, f"SELECT count(*) FROM {table}") == [want]

    def test_logs_belong_to_their_sample(self, evaluation_bundle):
        """Every record of a sample's log belongs to the session dumped beside it."""
        found = set(rows(evaluation_bundle, "SELECT path, session_id FROM logs JOIN artifacts a ON a.id = artifact_id"))
        want = {
            (f"{name.removeprefix('evaluation/')}/session.log", facts["facts"]["session_id"])
            for name in self.SAMPLES
            if (facts := expected(name))["dumps"]
        }
        assert want <= found

    def test_a_session_known_from_its_log(self, evaluation_bundle):
        """A run that crashed before its dump is a session known from its log."""
        session = expected("evaluation/crashed-before-dump")["facts"]["session_id"]
        sql = "SELECT source, tags, (SELECT count(*) > 0 FROM logs WHERE logs.session_id = sessions.session_id)"
        found = rows(evaluation_bundle, f"{sql} FROM sessions WHERE session_id = ?", (session,))
        assert found == [("log", None, 1)]

    def test_no_single_root(self, evaluation_bundle):
        """A bundle of many runs has no root session."""
        assert column(evaluation_bundle, "SELECT root_session_id FROM bundle_meta") == [None]


class TestUnusualValues:
    """Values that are difficult for JSON or SQLite."""

    JSON_COLUMNS = (
        ("slice_items", "payload"),
        ("logs", "context"),
        ("sessions", "tags"),
        ("snapshots", "envelope"),
        ("bundle_meta", "tags"),
    )

    @pytest.mark.parametrize(("table", "name"), JSON_COLUMNS)
    def test_valid(self, fixture_bundle, table, name):
        """Python's own SQLite can read every JSON column."""
        found = rows(fixture_bundle("odd-values"), f"SELECT count(*), sum(json_valid({name})) FROM {table}")
        assert found[0][0] == found[0][1] > 0

    def test_raw_record(self, fixture_bundle):
        """A line that the columns cannot hold completely is stored unchanged, with the reasons."""
        [(path, number, reason, raw)] = rows(
            fixture_bundle("odd-values"),
            "SELECT path, line, raw_records.reason, raw FROM raw_records "
            "JOIN artifacts ON artifacts.id = artifact_id WHERE kind = 'snapshots'",
        )
        assert raw == (FIXTURES / "odd-values" / path).read_bytes().split(b"\n")[number - 1]
        assert "NaN or Infinity" in reason
        assert "a lone surrogate" in reason
        assert "an integer over 64 bits" in reason

    def test_big_integer(self, fixture_bundle):
        """An integer beyond 64 bits keeps all its digits."""
        sql = "SELECT payload FROM slice_items WHERE payload ->> 'label' = 'beyond 64 bits'"
        assert "1180591620717411303424" in column(fixture_bundle("odd-values"), sql)[0]

    def test_integer_beyond_a_double(self, fixture_bundle):
        """An integer that a double would round is exact, in SQLite too."""
        sql = "SELECT payload ->> 'value' FROM slice_items WHERE payload ->> 'label' = 'integer beyond a double'"
        assert column(fixture_bundle("odd-values"), sql) == [9007199254740993]

    def test_lost_in_the_library(self, fixture_bundle):
        """The bundle has all records that the library wrote, which are two fewer than were logged."""
        facts = expected("odd-values")
        assert column(fixture_bundle("odd-values"), "SELECT count(*) FROM logs") == [facts["logs"][0]["records"]]

    def test_utf8(self, fixture_bundle):
        """All text of the bundle decodes as UTF-8."""
        with sqlite_connection(fixture_bundle("odd-values")) as bundle:
            bundle.text_factory = bytes
            payloads = bundle.execute("SELECT payload FROM slice_items").fetchall()
        assert [payload.decode() for (payload,) in payloads]


class TestRepeatedDumps:
    """A session dumped twice, and a log written in two parts."""

    def test_events_once(self, fixture_bundle):
        """An event in both dumps is one row, from the first snapshot."""
        sql = "SELECT count(*), count(DISTINCT event_id) FROM (SELECT event_id FROM tool_invocations)"
        assert rows(fixture_bundle("repeated"), sql) == [(2, 2)]

    def test_both_snapshots(self, fixture_bundle):
        """Both dumps have all their items, and the current items are the last dump's."""
        bundle = fixture_bundle("repeated")
        counts = column(bundle, "SELECT item_count FROM snapshots ORDER BY created_at")
        dumped = [sum(dump["sessions"][0]["slices"].values()) for dump in expected("repeated")["dumps"]]
        assert counts == dumped
        assert column(bundle, "SELECT count(*) FROM current_slice_items") == dumped[-1:]

    def test_gone_slice(self, fixture_bundle):
        """A slice missing from the last dump is not among the current items, but still in the bundle."""
        bundle = fixture_bundle("repeated")
        gone = "slice_type = 'travel.itinerary:Plan'"
        assert column(bundle, f"SELECT count(*) FROM current_slice_items WHERE {gone}") == [0]
        assert column(bundle, f"SELECT count(*) FROM slice_items WHERE {gone}") == [1]
