"""A session that several bundles know is one session, and its calls are put together from all of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.case_selection import mostly_slow
from support.divided_sources import divided
from support.resolved_rows import differences, resolved_rows

from wink_debug_bundle import DebugBundle

RUN = ROOT / "fixtures" / "wink-0.20.0" / "run"


def by_ending(name: str) -> str:
    """Return a part of its own for snapshots, for logs and for archives."""
    return Path(name).suffix.removeprefix(".")


@pytest.fixture(scope="module", params=[1, -1], ids=["snapshots first", "logs first"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the bundle of a session's artifacts, and the merged bundle of one for each kind of them."""
    folder = tmp_path_factory.mktemp("joint")
    whole, parts = divided(RUN, folder, by_ending)
    DebugBundle.merge(parts[:: request.param], folder / "m.db").close()
    return whole, folder / "m.db"


def values(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    with DebugBundle.open(path) as bundle:
        return [tuple(row) for row in bundle.query(sql)]


def test_the_whole_is_consistent(pair: tuple[Path, Path]) -> None:
    """Every check of a build holds."""
    with DebugBundle.open(pair[1]) as bundle:
        assert bundle.verify().findings == ()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT tool_name, call_id, outcome, success, source, event_id, duration_ms IS NULL FROM calls ORDER BY 1, 2, 6",
        "SELECT event_id, result_success, success_source FROM tool_invocations ORDER BY 1",
        "SELECT session_id, parent_session_id, created_at, tags, source FROM sessions ORDER BY 1",
        "SELECT root_session_id FROM bundle_meta",
        "SELECT kind, name, signature, message, count(*) FROM failures GROUP BY 1, 2, 3, 4",
        "SELECT session_id, prompt_ns, prompt_key, kind, name, hash FROM prompt_parts ORDER BY 1, 2, 3, 4, 5",
    ],
)
def test_what_follows_from_several_bundles(pair: tuple[Path, Path], sql: str) -> None:
    """Calls of logs and of snapshots are joined, and what follows from them is derived again."""
    expected = values(pair[0], sql)
    assert expected
    assert values(pair[1], sql) == expected


def test_events_that_several_bundles_hold_are_kept_once(tmp_path: Path) -> None:
    """A session that was dumped twice has its events and calls once, and the state of its last snapshot."""
    whole, parts = divided(RUN.parent / "repeated", tmp_path, lambda name: name.split("/")[0])
    for order, name in ((parts, "n.db"), (parts[::-1], "m.db")):
        DebugBundle.merge(order, tmp_path / name).close()
        assert differences(resolved_rows(whole), resolved_rows(tmp_path / name)) == {}
    sessions = "SELECT count(*) FROM snapshots GROUP BY session_id HAVING count(*) > 1"
    assert values(tmp_path / "m.db", sessions)


@pytest.mark.parametrize("size", [20_000, 20_000 - 5])
@pytest.mark.parametrize("order", [1, -1])
def test_an_older_copy_of_a_log_may_end_within_a_line(tmp_path: Path, size: int, order: int) -> None:
    """Its records are those of the log as it is now, and count once; the bytes of the line that was cut off are kept."""
    data = (RUN / "session.log").read_bytes()
    for name, content in (("older", data[:size]), ("newer", data)):
        (tmp_path / "source" / name).mkdir(parents=True)
        (tmp_path / "source" / name / "session.log").write_bytes(content)
    whole, parts = divided(tmp_path / "source", tmp_path, lambda name: name.split("/")[0])
    with DebugBundle.merge(parts[::order], tmp_path / "m.db") as merged:
        assert merged.verify().findings == ()
    assert differences(resolved_rows(whole), resolved_rows(tmp_path / "m.db")) == {}


@pytest.mark.parametrize(
    ("older", "lines", "newer"),
    [
        ("a.log", 50, "b.log.1.gz"),
        ("a.log.1.gz", 50, "b.log"),
        ("a.log.1.gz", 50, "b.log.1.gz"),
        ("a.log", 10_000, "b.log.1.gz"),
        ("b.log.1.gz", 10_000, "c.log"),
    ],
)
@pytest.mark.parametrize("order", mostly_slow([1, -1], [1]))
def test_a_log_may_have_been_compressed_meanwhile(
    tmp_path: Path, older: str, lines: int, newer: str, order: int
) -> None:
    """What was rotated and compressed has the lines that an older copy has, which count once."""
    data = (RUN / "session.log").read_bytes().splitlines(keepends=True)
    for name, content in ((older, data[:lines]), (newer, data)):
        (tmp_path / "source" / name).mkdir(parents=True)
        whole_text = b"".join(content)
        written = gzip.compress(whole_text, mtime=0) if name.endswith(".gz") else whole_text
        (tmp_path / "source" / name / name).write_bytes(written)
    whole, parts = divided(tmp_path / "source", tmp_path, lambda name: name.split("/")[0])
    with DebugBundle.merge(parts[::order], tmp_path / "m.db") as merged:
        assert merged.verify().findings == ()
    assert differences(resolved_rows(whole), resolved_rows(tmp_path / "m.db")) == {}
