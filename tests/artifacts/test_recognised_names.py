"""What the name of a file adds to its content: which files are read, which are damaged, and which are only listed."""

from __future__ import annotations

import gzip
import lzma

import orjson
import pytest
from support.artifact_samples import ROOT, archive, lines, log_record, rows, slice_of, snapshot, write_files

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.discovery import discover

LOG, SNAPSHOT, ZIP = lines(log_record()), lines(snapshot()), archive({"a.txt": "text"})
TWO_KEYS = lines({"message": "m", "level": "INFO"})
RUN = min(ROOT.glob("fixtures/wink-0.27.0/runs/*.zip"))


def described(tmp_path, name, data):
    """Return what is found to be a file of that name and content."""
    [source] = discover(write_files(tmp_path, {name: data}), recursive=False)
    return source


@pytest.mark.parametrize(
    "name",
    [
        "app.log.1",
        "app.log.2026-01-01",
        "app.log-20260101",
        "APP.LOG.1.gz",
        "x.ndjson",
        "x.jsonl.bak",
        "x.jsonl~",
        "x.log (1)",
    ],
)
@pytest.mark.parametrize("data", [LOG, TWO_KEYS, gzip.compress(TWO_KEYS, mtime=0), lzma.compress(TWO_KEYS)])
def test_names_with_more_after_the_ending(tmp_path, name, data):
    """A rotated, dated or copied log is read like one with the ending alone."""
    assert described(tmp_path, name, data).kind == "logs"


@pytest.mark.parametrize("name", ["records", "a.txt", "a.json", "app.logs", "catalog.py"])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (LOG, "logs"),
        (gzip.compress(LOG, mtime=0), "logs"),
        (SNAPSHOT, "snapshots"),
        (lines(orjson.dumps(snapshot(children_ids=["c" * 36] * 100), option=orjson.OPT_SORT_KEYS)), "snapshots"),
        (lines(snapshot("s", slice_of("a:B", {"text": "x" * 200_000}))), "snapshots"),
        (RUN.read_bytes(), "run"),
        (TWO_KEYS, "unknown"),
        (lines({"slices": 8, "pizza": "large"}), "unknown"),
        (lines({"version": "1", "tags": {}, "slices": [1]}), "unknown"),
        (ZIP, "unknown"),
        (b"text", "unknown"),
    ],
    ids=range(11),
)
def test_any_other_name(tmp_path, name, data, kind):
    """A file of another name is read if only the library writes such content, and is listed without its bytes else."""
    source = described(tmp_path, name, data)
    assert source.kind == kind
    assert (source.is_kept, source.is_fault) == (False, False)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", SNAPSHOT[:5]),
        ("a.jsonl", b'x"children_ids": [], "created_at": "2026"'),
        ("a.log", LOG[:20]),
        ("a.log.1", b"\0" * 100_000),
        ("a.log", b"\xff\xfa" * 40_000),
        ("a.log", LOG.decode().encode("utf-16")),
        ("a.zip", b""),
        ("a.zip", ZIP[:1]),
        ("a.zip", ZIP[:20].replace(b"PK\3", b"PK\7")),
        ("a.zip", ZIP[2:30]),
        ("a.log.gz", gzip.compress(LOG, mtime=0)[:20]),
        ("a.log.xz", lzma.compress(LOG)[:40]),
        ("a.jsonl.gz", gzip.compress(b'{"cut')),
        ("a.zip.gz", gzip.compress(ZIP)),
        ("a.zip", b"no zip"),
        ("a.jsonl", b"half a value of some record\n"),
    ],
    ids=range(16),
)
def test_damaged(tmp_path, name, data):
    """A file that begins like an artifact, or has the keys of one, is damaged if it cannot be read: its bytes are kept."""
    source = described(tmp_path, name, data)
    read_by_zip = source.kind == "archive"  # whose reader keeps it whole
    assert read_by_zip or (source.kind == "unknown" and source.is_kept and source.is_fault)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("access.log", b'127.0.0.1 - - [28/Nov/2026] "GET / HTTP/1.1" 200\n' * 3000),
        ("ü.log", "größe\n".encode() * 20_000),
        ("data.jsonl", lines({"input": "a", "expected": "b"}) * 9),
        ("data.jsonl", lines({"input": "x" * 100_000})),
        ("a.log", b""),
        ("a.log.gz", gzip.compress(b"text of another program")),
    ],
    ids=range(6),
)
def test_of_other_programs(tmp_path, name, data):
    """Text, and JSON of other programs, is listed and not kept, also if it is named like an artifact."""
    source = described(tmp_path, name, data)
    assert (source.kind, source.is_kept, source.is_fault) == ("unknown", False, False)
    assert source.reason


@pytest.mark.parametrize("folder", [".git", ".venv", "node_modules", "lib/site-packages", "__pycache__"])
def test_folders_of_programs(tmp_path, folder):
    """Files in the folders of programs are listed; if such a folder is named, they are read."""
    write_files(tmp_path, {"a.log": LOG, f"{folder}/b.log": LOG})
    reasons = {source.name: source.reason for source in discover(tmp_path, recursive=True)}
    last = folder.rpartition("/")[2]
    expected = f"in {last}, a folder of programs: name that folder to read it"
    assert reasons == {"a.log": None, f"{folder}/b.log": expected}
    assert [source.kind for source in discover(tmp_path / folder, recursive=True)] == ["logs"]


def test_a_project_folder(tmp_path):
    """Keys, models and programs beside a log are in the bundle by name, size and hash alone."""
    secret, model = b"SECRET-KEY", bytes(range(256)) * 8000
    files = {".env": secret, "id_rsa": secret, ".venv/lib/x.py": secret, "model.bin": model, "run/a.log": LOG}
    output = tmp_path / "b.db"
    with DebugBundle.from_directory(write_files(tmp_path / "d", files), output=output, recursive=True) as bundle:
        assert bundle.verify(against=tmp_path / "d").findings == ()
        (tmp_path / "d" / ".env").write_bytes(b"OTHER--KEY")
        assert [finding.artifact for finding in bundle.verify(against=tmp_path / "d").findings] == [".env"]
        (tmp_path / "d" / ".env").unlink()
        result = bundle.verify(against=tmp_path / "d")
    assert (result.findings, result.absent, result.listed_count) == ((), (".env",), 4)
    assert rows(output, "SELECT count(*) FROM blobs") == [(0,)]
    assert secret not in output.read_bytes()
    assert rows(output, "SELECT path, size_bytes, length(sha256) FROM artifacts WHERE path = 'model.bin'") == [
        ("model.bin", 2_048_000, 64)
    ]


def test_xz_in_several_streams(build):
    """An xz file of several streams with padding between them is one log; damage in it is a problem."""
    data = lzma.compress(LOG) + bytes(8) + lzma.compress(LOG * 2)
    path = build({"a.log.xz": data, "b.log.xz": lzma.compress(LOG * 5000)[:-30]})
    found = rows(path, "SELECT path, compression, status, record_count FROM artifacts WHERE path = 'a.log.xz'")
    assert found == [("a.log.xz", "xz", "imported", 3)]
    assert rows(path, "SELECT kind, status FROM artifacts WHERE path = 'b.log.xz'") == [("logs", "partial")]


@pytest.mark.parametrize(
    "piece",
    [
        b'}, {"__type__": "travel.itinerary:Oddity", "label": "half"',
        b'"label": "a value", "other": [1, 2',
        b'an item: {"__type__": "travel.itinerary:Oddity"}',
    ],
    ids=["from an inner bracket on", "from a key on", "with an item's class"],
)
def test_a_piece_of_a_session_file_is_kept(build, piece):
    """A file that is named like an artifact, and holds a piece of one, is damaged: its bytes are kept."""
    path = build({"a.jsonl": piece, "b.log": LOG})
    assert rows(path, "SELECT kind, blob_sha256 IS NOT NULL FROM artifacts WHERE path = 'a.jsonl'") == [("unknown", 1)]


def test_the_end_of_a_record_is_kept(build):
    """A log that holds only the end of a record is damaged: its bytes are kept."""
    path = build({"a.log": b'7-8fc6", "tool_count": 0, "has_output": true}}', "b.log": LOG})
    assert rows(path, "SELECT kind, blob_sha256 IS NOT NULL FROM artifacts WHERE path = 'a.log'") == [("unknown", 1)]


@pytest.mark.parametrize("byte", [0x00, 0x01, 0x0B, 0x10, 0x1F, 0x7F])
def test_a_log_with_bytes_that_no_text_has_is_kept(build, byte):
    """A log that another code page or a fault has made unreadable is damaged: its bytes are kept."""
    path = build({"a.log": b"?z@??" + bytes([byte]) + b"????\n" * 40, "b.log": LOG})
    sql = "SELECT problem_count, blob_sha256 IS NOT NULL FROM artifacts WHERE path = 'a.log'"
    assert rows(path, sql) == [(1, 1)]


@pytest.mark.parametrize(
    "text",
    [
        b'12:00 INFO sent {"tool_count": 0, "deep": {"a": 1}}\n',
        b"done :}\n",
        b'{"a": {"b": 1}}\n',
        b"\x1b[31mred\x1b[0m\a\b\f\r\n",
    ],
    ids=["JSON within text", "a brace within text", "JSON of another program", "colours of a terminal"],
)
def test_a_log_of_another_program_is_listed(build, text):
    """Text and whole JSON of another program are no damage: such a log is listed without its bytes."""
    path = build({"a.log": text, "b.log": LOG})
    sql = "SELECT kind, problem_count, blob_sha256 IS NOT NULL FROM artifacts WHERE path = 'a.log'"
    assert rows(path, sql) == [("unknown", 0, 0)]
