"""Every file of JSONTestSuite as the context of a log record, and as an item of a snapshot."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.artifact_samples import log_record, rows, snapshot

from wink_debug_bundle import DebugBundle

with zipfile.ZipFile(Path(__file__).with_name("test_parsing.zip")) as suite:
    CASES = {info.filename.removesuffix(".json"): suite.read(info) for info in suite.infolist()}

PLACES = ("log", "snapshot")
_HOLE = '"here"'
_READ = {"n_number_NaN", "n_number_infinity", "n_number_minus_infinity"}
"""Invalid cases that are records all the same, as Python's parser reads such numbers; their lines are kept too."""


class StoredCase(NamedTuple):
    """The rows of one case: its lines that are stored unchanged, and its value if there is a row."""

    written: list[bytes]
    raw: list[bytes | None]
    value: str | None


def _line(place: str, name: str, content: bytes) -> bytes:
    """Return the case as part of a record, on one line; a line feed in valid JSON becomes a blank."""
    blank = content.replace(b"\n", b" ") if name.startswith("y_") else content
    record = (
        log_record(message=name, context="here") if place == "log" else snapshot(name, slices={"s": ["before", "here"]})
    )
    before, after = json.dumps(record).encode().split(_HOLE.encode())
    return before + blank + after


def _record(place: str, number: int) -> bytes:
    """Return the line of a valid record, which differs from those of all other numbers."""
    record = log_record(message=str(number)) if place == "log" else snapshot(str(number))
    return json.dumps(record).encode()


def _bundle_of(folder: Path, place: str, lines: list[bytes]) -> Path:
    """Build a bundle of one file with these lines, and return its path."""
    source = folder / ("a.log" if place == "log" else "a.jsonl")
    source.write_bytes(b"\n".join(lines))
    given = {"log_files" if place == "log" else "session_snapshots": [source]}
    DebugBundle.from_artifacts(folder / "out.db", **given).close()
    return folder / "out.db"


@pytest.fixture(scope="module", params=PLACES)
def stored_cases(request, tmp_path_factory):
    """Return the stored rows of each case, from a bundle of one file with all cases, each after a valid record.

    Without the records, many neighbours that are malformed would share a row.
    """
    written = {name: _line(request.param, name, content) for name, content in CASES.items()}
    lines = [line for n, text in enumerate(written.values()) for line in (_record(request.param, n), text)]
    bundle = _bundle_of(tmp_path_factory.mktemp("suite"), request.param, lines)
    value_of = (
        "SELECT line, context FROM logs"
        if request.param == "log"
        else "SELECT line, payload FROM slice_items JOIN snapshots ON snapshots.id = snapshot_id WHERE item_index = 1"
    )
    values = dict(rows(bundle, value_of))
    raws = dict(rows(bundle, "SELECT line, raw FROM problems UNION ALL SELECT line, raw FROM raw_records"))
    found, line = {}, 2
    for name, text in written.items():
        count = text.count(b"\n") + 1
        lines = range(line, line + count)
        found[name] = StoredCase(text.split(b"\n"), [raws.get(number) for number in lines], values.get(line))
        line += count + 1
    return found


def exact_value(text: bytes | str) -> Any:
    """Return the value of the JSON text with every digit of its numbers and every pair of its objects."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=lambda pairs: ("object", pairs))


class TestSuite:
    """The files of the suite."""

    def test_number(self):
        """There are 318 cases: 95 valid, 188 invalid, and 35 that parsers may accept or refuse."""
        kinds = [name[0] for name in CASES]
        assert [kinds.count(kind) for kind in "yni"] == [95, 188, 35]

    @pytest.mark.parametrize("name", [name for name in CASES if name.startswith("y_")])
    def test_valid(self, stored_cases, name):
        """The value of a valid case is kept in its row, or as the unchanged line if the row cannot hold it."""
        case = stored_cases[name]
        assert case.value is not None
        assert case.raw == case.written or exact_value(case.value) == exact_value(CASES[name])

    @pytest.mark.parametrize("name", [name for name in CASES if name.startswith("n_")])
    def test_invalid(self, stored_cases, name):
        """An invalid case is stored as an unchanged line."""
        assert stored_cases[name].raw == stored_cases[name].written

    @pytest.mark.parametrize("name", [name for name in CASES if name.startswith("i_")])
    def test_either(self, stored_cases, name):
        """A case that parsers may accept or refuse is kept as a value or as an unchanged line."""
        case = stored_cases[name]
        assert case.raw == case.written or exact_value(case.value) == exact_value(CASES[name])


@pytest.mark.parametrize("place", PLACES)
def test_invalid_neighbours(tmp_path, place):
    """The invalid cases as neighbours are one problem, which holds the bytes of all their lines."""
    names = [name for name in CASES if name.startswith("n_") and name not in _READ]
    invalid = [_line(place, name, CASES[name]) for name in names]
    bundle = _bundle_of(tmp_path, place, [_record(place, 0), *invalid, _record(place, 1)])
    text = b"\n".join(invalid)
    last = 2 + text.count(b"\n")
    assert rows(bundle, "SELECT line, last_line, kind, raw FROM problems") == [(2, last, "malformed", text)]
