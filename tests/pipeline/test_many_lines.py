"""Very many lines that are blank or no records take time and memory by their bytes, not by their number."""

from __future__ import annotations

import pytest
from support.artifact_samples import column, lines, log_record, rows
from support.processor_time import processor_time_below

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.accounting.short_lines import BLOCK_LINES

COUNT = 2 * BLOCK_LINES
LEDGER = "SELECT first, last, length, status FROM ledger ORDER BY id"
RECORD = lines(log_record())


@pytest.mark.parametrize("line", [b"x\n", b"{\n", b"{}\n", b"[1]\n", b" {x}\n"])
def test_malformed(build, line):
    """They are one ledger range and one problem, whose bytes are those of the lines."""
    path = build({"a.log": RECORD + line * COUNT + RECORD})
    assert rows(path, LEDGER) == [
        (1, 1, len(RECORD), "imported"),
        (2, COUNT + 1, len(line) * COUNT, "malformed"),
        (COUNT + 2, COUNT + 2, len(RECORD), "imported"),
    ]
    assert rows(path, "SELECT kind, line, last_line FROM problems") == [("malformed", 2, COUNT + 1)]
    assert column(path, "SELECT line FROM logs") == [1, COUNT + 2]


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b"  \n"])
def test_blank(build, line):
    """Equal blank lines are one ledger range, and their bytes are proven."""
    path = build({"a.log": RECORD + line * COUNT + RECORD})
    assert rows(path, LEDGER)[1] == (2, COUNT + 1, len(line) * COUNT, "blank")
    assert column(path, "SELECT line FROM logs") == [1, COUNT + 2]
    with DebugBundle.open(path) as bundle:
        verification = bundle.verify()
    assert (verification.findings, verification.unproven) == ((), ())


def test_proven(tmp_path):
    """The bundle of such lines verifies, against its source too, and counts every line as malformed."""
    (tmp_path / "u").mkdir()
    data = RECORD + b"x\n" * COUNT + RECORD + b"y\n" * 150 + b"{z\n" * 5 + RECORD + b"w\n" * 5
    (tmp_path / "u" / "a.log").write_bytes(data)
    with DebugBundle.from_directory(tmp_path / "u", output=tmp_path / "out.db") as bundle:
        assert bundle.verify(against=tmp_path / "u").findings == ()
        malformed = bundle.query("SELECT sum(last - first + 1) FROM ledger WHERE status = 'malformed'").fetchone()
    assert malformed == (COUNT + 160,)
    assert rows(tmp_path / "out.db", "SELECT line, last_line FROM problems ORDER BY id")[:2] == [
        (2, COUNT + 1),
        (COUNT + 3, COUNT + 157),
    ]


def test_dense_records(build):
    """Records among as many short lines are all read, with their own line numbers."""
    path = build({"a.log": (b"x\n" * BLOCK_LINES + RECORD) * 3 + b"\n" * BLOCK_LINES + RECORD})
    assert column(path, "SELECT line FROM logs") == [
        *((BLOCK_LINES + 1) * number for number in (1, 2, 3)),
        (BLOCK_LINES + 1) * 4,
    ]


def test_time(build):
    """A million lines take less than two seconds of processor time; one by one they would take ten."""
    with processor_time_below(2):
        build({"a.log": RECORD + b"x\n\n" * 500_000}, jobs=1)
