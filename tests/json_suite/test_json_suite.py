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


@pytest.fixture(scope="module", params=PLACES)
def stored_cases(request, tmp_path_factory):
    """Return the stored rows of each case, from a bundle of one file with all cases."""
    folder = tmp_path_factory.mktemp("suite")
    written = {name: _line(request.param, name, content) for name, content in CASES.items()}
    source = folder / ("a.log" if request.param == "log" else "a.jsonl")
    first = log_record() if request.param == "log" else snapshot()
    source.write_bytes(b"\n".join([json.dumps(first).encode(), *written.values()]))
    given = {"log_files" if request.param == "log" else "session_snapshots": [source]}
    with DebugBundle.from_artifacts(folder / "out.db", **given):
        pass
    value_of = (
        "SELECT line, context FROM logs"
        if request.param == "log"
        else "SELECT line, payload FROM slice_items JOIN snapshots ON snapshots.id = snapshot_id WHERE item_index = 1"
    )
    values = dict(rows(folder / "out.db", value_of))
    raws = dict(rows(folder / "out.db", "SELECT line, raw FROM problems UNION ALL SELECT line, raw FROM raw_records"))
    found, line = {}, 2
    for name, text in written.items():
        count = text.count(b"\n") + 1
        lines = range(line, line + count)
        found[name] = StoredCase(text.split(b"\n"), [raws.get(number) for number in lines], values.get(line))
        line += count
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
