"""What a bundle says is what the artifacts say: parents, events, times and durations."""

from __future__ import annotations

import pytest
from support.artifact_samples import (
    CHILD_SESSION,
    OTHER_SESSION,
    ROOT_SESSION,
    TOOL_INVOKED,
    column,
    lines,
    log_record,
    rows,
    slice_of,
    snapshot,
    tool_event,
)
from support.command_runner import run

from wink_debug_bundle.timestamps import elapsed_ms, sort_key, utc

PARENTS = "SELECT session_id, parent_session_id FROM sessions ORDER BY session_id"


def tagged(session, parent_tag, **changes):
    """Return a snapshot whose application owns the tag parent_session_id."""
    return snapshot(session, **changes) | {"tags": {"session_id": session, "parent_session_id": parent_tag}}


class TestParents:
    """The key parent_id of a snapshot names the parent; the tag counts only where the key is missing."""

    @pytest.mark.parametrize("parent", [ROOT_SESSION, None, "", 42, ["a"]])
    def test_key_beats_tag(self, build, parent):
        """A tag of the application makes no session and no parent."""
        records = [snapshot(ROOT_SESSION), tagged(CHILD_SESSION, "external-run-42", parent_id=parent)]
        bundle = build({"a.jsonl": lines(*records)})
        expected = ROOT_SESSION if parent == ROOT_SESSION else None
        assert rows(bundle, PARENTS) == [(ROOT_SESSION, None), (CHILD_SESSION, expected)]

    def test_root_stays_root(self, build):
        """A root with a tag is still the bundle's root session."""
        bundle = build({"a.jsonl": lines(tagged(ROOT_SESSION, "external-run-42"))})
        assert column(bundle, "SELECT root_session_id FROM bundle_meta") == [ROOT_SESSION]

    def test_tag_without_key(self, build):
        """Without the key, the tag names the parent."""
        record = tagged(CHILD_SESSION, ROOT_SESSION)
        del record["parent_id"]
        assert rows(build({"a.jsonl": lines(record)}), PARENTS) == [(ROOT_SESSION, None), (CHILD_SESSION, ROOT_SESSION)]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_null_beats_children_of_another(self, build, order):
        """A session whose own snapshot says that it is a root is no child of a session that lists it."""
        records = [snapshot(ROOT_SESSION, children_ids=[CHILD_SESSION]), snapshot(CHILD_SESSION)]
        bundle = build({"a.jsonl": lines(*(records[place] for place in order))})
        assert rows(bundle, PARENTS) == [(ROOT_SESSION, None), (CHILD_SESSION, None)]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_children_name_what_a_snapshot_leaves_open(self, build, order):
        """A snapshot without key and tag leaves the parent to the session that lists it, in any order."""
        child = snapshot(CHILD_SESSION)
        del child["parent_id"]
        records = [snapshot(ROOT_SESSION, children_ids=[CHILD_SESSION]), child]
        bundle = build({"a.jsonl": lines(*(records[place] for place in order))})
        assert rows(bundle, PARENTS) == [(ROOT_SESSION, None), (CHILD_SESSION, ROOT_SESSION)]

    def test_unknown_parent_is_null(self, build):
        """A snapshot without key and tag that nothing lists is a root; no empty id is left."""
        record = snapshot(ROOT_SESSION)
        del record["parent_id"]
        assert rows(build({"a.jsonl": lines(record)}), PARENTS) == [(ROOT_SESSION, None)]

    @pytest.mark.parametrize(("last", "parent"), [(OTHER_SESSION, OTHER_SESSION), (None, None)])
    def test_last_snapshot_decides(self, build, last, parent):
        """Of snapshots that disagree, the last one in time is right, with its tags, wherever it stands."""
        late = snapshot(CHILD_SESSION, parent=last, created_at="2026-01-02T00:30:00+00:00")
        early = snapshot(CHILD_SESSION, parent=ROOT_SESSION, created_at="2026-01-02T01:00:00+02:00")
        bundle = build({"a.jsonl": lines(late, early)})
        found = column(bundle, "SELECT parent_session_id FROM sessions WHERE session_id = ?", (CHILD_SESSION,))
        assert found == [parent]


@pytest.mark.parametrize(
    ("event", "stored"),
    [
        (42, "42"),
        (True, "true"),
        (["a"], '["a"]'),
        ({"a": 1}, '{"a":1}'),
        (1.5, "1.5"),
        (None, None),
        ("", ""),
        ("e", "e"),
    ],
)
def test_event_of_any_type(build, event, stored):
    """An event that is no text is kept as JSON, like level, logger and message; null is none."""
    bundle = build({"a.log": lines(log_record(event=event))})
    assert column(bundle, "SELECT event FROM logs") == [stored]
    lost = [] if isinstance(event, str) else ["event is not a string"]
    assert column(bundle, "SELECT reason FROM raw_records") == lost


def test_absent_event(build):
    """A record without the key has no event."""
    record = log_record()
    del record["event"]
    assert column(build({"a.log": lines(record)}), "SELECT event FROM logs") == [None]


IN_ORDER = [
    "2026-01-02T05:04:04.999999+02:00",  # 03:04:04.999999
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.000001+00:00",
    "2026-01-02T03:04:05.000002Z",
    "2026-01-02T03:04:05.123Z",
    "2026-01-02T03:04:05.1231+00:00",
    "2026-01-02T01:04:05.9-02:00",
    "2026-01-02 03:04:06,5",
    "2026-01-02T03:04:06.9996+00:00",
    "2026-01-02T03:04:07+00:00",
    "2026-01-01T23:59:00-04:00",
]
"""Times of one hour in their order, whose texts have another one."""


class TestOrder:
    """Times are compared as times."""

    def test_sort_keys(self):
        """Keys sort by time, whatever the offset and the digits."""
        assert sorted(IN_ORDER, key=sort_key) == IN_ORDER
        assert sorted(IN_ORDER) != IN_ORDER

    @pytest.mark.parametrize("time", ["2026-01-02T03:04:05.000006+00:00", "2026-01-02T03:04:05+00:00"])
    def test_times_of_the_library(self, time):
        """The library's times are their own keys."""
        assert (sort_key(time), utc(time)) == (time, time)

    @pytest.mark.parametrize(
        "time", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+09:00", "now", None]
    )
    def test_no_times(self, time):
        """What is no time has none in UTC."""
        assert utc(time) is None

    def test_error_log(self, build):
        """error_log sorts by time, then by position; what is no time comes last."""
        times = ["", *reversed(IN_ORDER), IN_ORDER[3]]
        records = [log_record(timestamp=time, level="ERROR", message=str(n)) for n, time in enumerate(times)]
        bundle = build({"a.log": lines(*records)})
        assert column(bundle, "SELECT timestamp FROM error_log") == [*IN_ORDER[:4], *IN_ORDER[3:], ""]
        twice = f"SELECT message FROM error_log WHERE timestamp = '{IN_ORDER[3]}'"
        assert column(bundle, twice) == ["8", "12"]
        assert column(bundle, "SELECT time FROM times WHERE utc IS NULL") == [""]

    def test_usual_times_take_no_rows(self, build):
        """Times as the library writes them are not listed again."""
        assert rows(build({"a.log": lines(log_record()), "a.jsonl": lines(snapshot())}), "SELECT * FROM times") == []

    def test_execution_timeline(self, build):
        """execution_timeline and the saved query sort by time."""
        events = [tool_event(f"e{n}", call_id=f"c{n}", created_at=time) for n, time in enumerate(reversed(IN_ORDER))]
        bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, *events)))})
        assert column(bundle, "SELECT timestamp FROM execution_timeline") == IN_ORDER
        for name in ("timeline", "session-story"):
            shown = run("query", bundle, "--name", name, "--format", "csv").stdout.replace('"', "").splitlines()[1:]
            assert [line.startswith(time) for line, time in zip(shown, IN_ORDER, strict=True)] == [True] * len(IN_ORDER)

    def test_first_and_last_seen(self, build):
        """The first and the last time of a failure are its earliest and its latest, in UTC."""
        records = [log_record(timestamp=time, level="ERROR") for time in IN_ORDER[3:] + IN_ORDER[:3]]
        bundle = build({"a.log": lines(*records)})
        seen = rows(bundle, "SELECT first_seen, last_seen FROM failure_signatures")
        assert seen == [("2026-01-02T03:04:04.999999+00:00", "2026-01-02T03:59:00+00:00")]

    def test_current_items(self, build):
        """The last snapshot is the last in time."""
        late = snapshot(ROOT_SESSION, slice_of("app:N", {"n": "late"}), created_at="2026-01-02T03:00:00.5Z")
        early = snapshot(ROOT_SESSION, slice_of("app:N", {"n": "early"}), created_at="2026-01-02T04:00:00+02:00")
        bundle = build({"a.jsonl": lines(late, early)})
        assert column(bundle, "SELECT payload FROM current_slice_items") == ['{"n": "late"}']
        created = column(bundle, "SELECT created_at FROM sessions")
        assert created == ["2026-01-02T04:00:00+02:00"]


def tool_records(start, end, call_id):
    """Return the records of one call in the form of 0.22."""
    context = {"adapter": "a", "prompt": "p", "tool": "read", "call_id": call_id}
    done = {**context, "success": True, "message": "", "value": "1", "value_type": "int"}
    return [
        log_record(event="tool.execution.start", timestamp=start, context={**context, "arguments": {}}),
        log_record(event="tool.execution.complete", timestamp=end, context=done),
    ]


class TestDurations:
    """A duration below zero cannot be true."""

    def test_clock_set_back(self, build):
        """A call that ends before it starts has no duration, is marked, and is counted beside the mean."""
        good = tool_records("2026-01-02T03:00:00+00:00", "2026-01-02T05:00:00.25+02:00", "1")
        bad = tool_records("2026-01-02T03:00:02+00:00", "2026-01-02T03:00:01+00:00", "2")
        bundle = build({"a.log": lines(*good, *bad)})
        calls = "SELECT call_id, duration_ms, ends_before_start, started_at FROM tool_calls ORDER BY call_id"
        assert rows(bundle, calls) == [
            ("1", 250.0, 0, "2026-01-02T03:00:00+00:00"),
            ("2", None, 1, "2026-01-02T03:00:02+00:00"),
        ]
        shown = run("query", bundle, "--name", "slowest-tools", "--format", "csv").stdout.splitlines()
        values = dict(zip(shown[0].split(","), shown[1].split(","), strict=True))
        assert (values["call_count"], values["mean_ms"], values["total_ms"]) == ("1", "250.0", "250.0")
        assert (values["unknown_count"], values["set_back_count"]) == ("1", "1")

    def test_raw_difference(self):
        """The difference itself is negative."""
        assert elapsed_ms("2026-01-02T03:00:02+00:00", "2026-01-02T03:00:01+00:00") == -1000
