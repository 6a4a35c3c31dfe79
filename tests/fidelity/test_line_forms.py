"""Lines of whatever writer are restored byte for byte, and most without keeping their text."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.artifact_samples import ROOT_SESSION, lines, log_record, rows, slice_of, snapshot
from support.random_snapshots import SNAPSHOTS

from wink_debug_bundle import DebugBundle

TEXT = 'é→🧳 \x7f\n"x" \\u00e9'
COMPACT = {"separators": (",", ":")}
RECORD = log_record(message=TEXT, context={"session_id": 5, "text": TEXT, "small": 1e-7, "deep": [{}, []]})
SHORT = {"timestamp": "t", "level": "INFO", "logger": "l", "message": TEXT, "exc_info": "Traceback\n é"}
SNAPSHOT = snapshot(
    ROOT_SESSION, slice_of("app:Note", {"text": TEXT, "n": 2.5}), slice_of("app:Other", {"small": 1e-7})
)

FORMS = {
    "the library's": {},
    "not escaped": {"ensure_ascii": False},
    "compact": COMPACT,
    "compact and not escaped": {**COMPACT, "ensure_ascii": False},
    "sorted": {"sort_keys": True},
}
NESTED = json.loads("[" * 300 + "]" * 300)
DEEP = {
    "context": log_record(context={"session_id": ROOT_SESSION, "deep": NESTED}),
    "another key": {"odd": {"deep": NESTED}, **log_record()},
    "a key in the place of another": {"odd" if key == "context" else key: NESTED for key in log_record()} | SHORT,
    "item": snapshot(ROOT_SESSION, slice_of("app:Note", {"deep": NESTED})),
    "envelope": {**SNAPSHOT, "odd": NESTED},
}
"""Records with a value that is nested over 254 levels deep."""

ODD = {
    "mixed spaces": lambda text: text.replace('", "', '","', 1),
    "other escapes": lambda text: text.replace("\\u00e9", "\\u00E9"),
    "a space before": lambda text: f" {text}",
    "a byte order mark": lambda text: f"\ufeff{text}",
    "a carriage return": lambda text: f"{text}\r",
    "spaces at the end": lambda text: f"{text} \t",
}


def check(build, tmp_path, data: bytes, name: str):
    """Build a bundle of a file, extract it, and hold both against it; return the bundle."""
    path = build({name: data})
    with DebugBundle.open(path) as bundle:
        result = bundle.extract(tmp_path / "restored")
        assert (tmp_path / "restored" / name).read_bytes() == data
        assert (result.exact_count, result.findings) == (1, ())
        verified = bundle.verify(against=tmp_path / "restored")
        assert (verified.exact_count, verified.findings) == (1, ())
    assert rows(path, "SELECT is_exact FROM artifacts") == [(1,)]
    return path


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("record", [RECORD, SHORT, SNAPSHOT], ids=["log", "stderr", "snapshot"])
def test_forms(build, tmp_path, record, form):
    """Lines of a writer's form are restored, and their text is not kept."""
    data = "".join(json.dumps(record, **form) + "\n" for _ in range(3)).encode()
    path = check(build, tmp_path, data, f"{ROOT_SESSION}.jsonl")
    assert rows(path, "SELECT count(*) FROM raw_records") == [(0,)]
    assert rows(path, "SELECT count(*) FROM line_forms")[0][0] <= 1


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("record", DEEP.values(), ids=DEEP.keys())
def test_deep_values(build, tmp_path, record, form):
    """Lines with values that are nested deeper than a fast writer goes are restored, too."""
    check(build, tmp_path, f"{json.dumps(record, **form)}\n".encode(), f"{ROOT_SESSION}.jsonl")


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("record", [RECORD, SNAPSHOT], ids=["log", "snapshot"])
def test_odd_lines(build, tmp_path, record, change):
    """Lines in a form of their own, blank lines and a last line without end are restored among others."""
    usual = json.dumps(record)
    data = "\n".join([usual, change(usual), "  ", "", usual, change(usual)]).encode()
    check(build, tmp_path, data, f"{ROOT_SESSION}.jsonl")


def test_escapes_by_turns(build, tmp_path):
    """Neighbouring records of different writers keep each their own form."""
    plain, foreign = log_record(), log_record(message="é")
    written = [plain, foreign, json.dumps(foreign, ensure_ascii=False).encode(), plain, foreign, plain]
    path = check(build, tmp_path, lines(*written), "a.log")
    assert rows(path, "SELECT first, last, style, is_ascii FROM line_forms") == [(3, 3, "library", 0)]


@given(SNAPSHOTS, st.sampled_from(list(FORMS.values())), st.sampled_from(["", "\r", " \t"]))
@settings(max_examples=settings().max_examples // 3)
def test_any_snapshot(record, form, end):
    """Whatever the items hold, and whoever writes them, the line comes back from its rows or its kept text."""
    line = (json.dumps(record, **form) + end).encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source", f"{ROOT_SESSION}.jsonl")
        source.parent.mkdir()
        source.write_bytes(b"%b\n%b\n" % (line, json.dumps(SNAPSHOT).encode()))
        with DebugBundle.from_directory(source.parent, output=Path(folder, "out.db")) as bundle:
            verified = bundle.verify(against=source.parent)
            assert (verified.exact_count, verified.findings) == (1, ())
