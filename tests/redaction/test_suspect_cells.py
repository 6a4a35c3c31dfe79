"""Cells that are left out because nothing can be in them, however they are decoded, are cells in which nothing is found."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from itertools import product
from pathlib import Path

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
pytest.importorskip("hyperscan", reason="tox run -e redact installs hyperscan")

from wink_debug_bundle.database.connection import open_unlocked
from wink_debug_bundle.redaction.cell_texts.cell_scanner import CellScanner, Finder
from wink_debug_bundle.redaction.cell_texts.suspect_cells import Base64Sieve, Sieve, SuspectCells
from wink_debug_bundle.redaction.column_registry import RegisteredTable
from wink_debug_bundle.redaction.passes.name_finder import NameFinder
from wink_debug_bundle.redaction.passes.suspect_rows import Search, suspect_rows
from wink_debug_bundle.redaction.passes.table_parts import parts_of
from wink_debug_bundle.secret_detection.detector import Detector

SECRETS = (
    "password: Zq7!rTy/42x",
    "DB_PASS = Zq7rTyX42x",
    "token\n\t'Zq7rTy42xYÜ9'",
    "api_key\\=k9X2mQ7vL4",
    "ghp_" + "a1B2c3D4e5F6g7H8i9" * 2,
    "https://carla:Vx8k2Qpz@build.example.org/x",
    "https://" + "Vx8k2Qpz9LmN4rTs7WqY" + "@build.example.org",
    "carla.meyer@example.org",
    "Authorization: Bearer abcDEF0123456789xyzXYZ",
    '"authorization", "basic Y2FybGE6cGFzcw=="',
    "fe80::1ff:fe23:4567:890a",
    "2001:db8:85a3:1:2:8a2e:370:7334",
    "10.24.3.17:22",
    "/home/carla/x",
    "C:\\Users\\carla\\x",
    "-home-carla-project",
    "adafruit_key\t=\t" + "4f5g6h7j8k9l0a1s2d3f4g5h6j7k8l9p",
    "secret_key?=aZ3xK9qL2mN7pR5t",
    "curl -H\n 'X-Api-Key: a1b2c3d4e5f6'",
    "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx3v7Qz8Jk2Lm\n" * 3 + "-----END RSA PRIVATE KEY-----",
    "sk-ant-api03-" + "a1B2c3D4e5F6g7H8i9-_" * 4 + "a1B2c3D4e5F6gAA",
)
ESCAPES = ["\\", "\\\\", "\\n", '\\"', "\\u005c", "\\/", "u0041", "%41", "%", "\n", "\r", "\x1b[1m", "\b", '"']
WORDS = [
    "ü",
    "😀",
    "\ufffd",
    "=",
    "?",
    "a" * 22,
    "word ",
    "w",
    "0",
    "/",
    "旅行",
    base64.b64encode(b"text that is one").decode(),
]
PARTS = st.sampled_from(ESCAPES + WORDS)
PLAIN = st.lists(PARTS | st.sampled_from(SECRETS), max_size=6).map("".join)


def _json(text: str, is_ascii: bool) -> str:
    return json.dumps({"a": text}, ensure_ascii=is_ascii)


def _base64(text: str, length: int) -> str:
    return base64.b64encode(text.encode()).decode()[:length]


MADE = st.recursive(
    PLAIN,
    lambda inner: (
        st.builds(_json, inner, st.booleans())
        | st.builds(_base64, inner, st.integers(1, 90))
        | st.builds("".join, st.lists(inner, max_size=3))
        | st.builds(lambda text, cut: text[cut:], inner, st.integers(0, 9))
    ),
    max_leaves=4,
)
HALVES = st.sampled_from([b"", b"\\ud83d", b"\\ude00", b"\xfe", b"\xff"])
CELLS = st.lists(st.builds(lambda text, half: half + text.encode() + half, MADE, HALVES), max_size=5)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def _sieved(finder: Finder, sieves: list[Sieve]) -> tuple[CellScanner, CellScanner]:
    return (
        CellScanner((), [finder], tells_hiding=True),
        CellScanner((), [finder], tells_hiding=True, suspects=SuspectCells(sieves, sieves)),
    )


@given(CELLS, st.booleans())
@settings(max_examples=250)
@example([json.dumps(json.dumps(f"x\n{secret}\ny")).encode() for secret in SECRETS], False)
def test_nothing_is_found_in_cells_that_are_left_out(detector: Detector, cells: list[bytes], are_paths: bool) -> None:
    every, few = _sieved(detector.found_by_number, [_known(detector), Base64Sieve()])
    assert few.found(cells, are_paths=are_paths) == every.found(cells, are_paths=are_paths)


def _known(detector: Detector) -> Sieve:
    return lambda joined: detector.suspects(joined) or ()


def test_each_planted_secret_is_found(detector: Detector) -> None:
    """The property above would hold for a search that finds nothing."""
    cells = [json.dumps(secret).encode() for secret in SECRETS]
    few = CellScanner((), [detector.found_by_number], suspects=SuspectCells([_known(detector)]))
    assert len(few.found(cells)) == len(set(cells))


NAMES = ("heron", "jörg", "mia/k", "李明-x", 'o"k')


@given(st.lists(st.lists(PARTS | st.sampled_from(NAMES), max_size=5).map("".join), max_size=4), st.booleans())
@settings(max_examples=150)
def test_no_name_is_in_cells_that_are_left_out(detector: Detector, texts: list[str], is_ascii: bool) -> None:
    cells = [_json(text, is_ascii).encode() for text in texts]
    finder = NameFinder("user-name", "USER", NAMES)
    every, few = _sieved(finder, [_known(detector), Base64Sieve(), lambda joined: finder.suspects(joined) or ()])
    assert few.found(cells) == every.found(cells)


def test_a_name_without_ascii_makes_all_cells_suspect() -> None:
    assert NameFinder("user-name", "USER", ["李明"]).suspects(b"") is None


GOOD, BAD = base64.b64encode(b"abc"), base64.b64encode(b"\x01\x02\x03")


@pytest.mark.parametrize("rest", range(4))
def test_every_run_of_base64_for_text_is_suspect(rest: int) -> None:
    """All ways in which groups of four characters may stand for no text, in runs of each length that makes a difference."""
    for groups in range(5, 9):
        for chosen in product((GOOD, BAD), repeat=groups):
            run = b"".join(chosen) + GOOD[:rest]
            _compare_base64(b" " + run + b" ")


@given(st.binary(min_size=14, max_size=60), st.sampled_from([b" ", b"\\n", b'\\"', b"\\\\", b"\\u00fc"]))
@settings(max_examples=300)
def test_runs_of_any_bytes_and_behind_any_escape_are_suspect(data: bytes, before: bytes) -> None:
    _compare_base64(b"x" + before + base64.urlsafe_b64encode(data) + b"\\n")


_BASE64 = CellScanner((), [lambda _: {}], tells_hiding=True)
_SIEVED = CellScanner((), [lambda _: {}], tells_hiding=True, suspects=SuspectCells([Base64Sieve()]))


def _compare_base64(cell: bytes) -> None:
    assert _SIEVED.found([cell]) == _BASE64.found([cell])


TABLE = RegisteredTable("t", {"a": "text", "b": "json", "c": "text"}, (), False, frozenset(), frozenset("c"))
CELL = st.sampled_from([None, "", "x", "\n", 7, "word", b"\xfe", b"\n\xfe\n", "heron", "a heron", b"heron\xfe"])


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=9), st.integers(1, 5))
def test_suspect_rows_are_those_with_a_suspect_cell(contents: list[tuple[object, ...]], step: int) -> None:
    with closing(apsw.Connection("")) as connection:
        connection.execute("CREATE TABLE t (a TEXT, b, c BLOB)")
        for number, values in enumerate(contents):
            connection.execute("INSERT INTO t (rowid, a, b, c) VALUES (?, ?, ?, ?)", (number * step - 9, *values))
        finder = NameFinder("literal", "WORD", ["heron"])
        scanner = CellScanner((), [finder], suspects=SuspectCells([lambda joined: finder.suspects(joined) or ()]))
        (part,) = parts_of(connection, [TABLE])
        found = suspect_rows(connection, TABLE, part, [Search(("a", "b", "c"), scanner, are_paths=False)])
    assert found is not None
    expected = [
        number * step - 9
        for number, values in enumerate(contents)
        if any(b"heron" in (value if isinstance(value, bytes) else str(value).encode()) for value in values)
    ]
    is_text = all(not isinstance(value, bytes) or b"\xfe" not in value for values in contents for value in values)
    assert (found.rows == expected) if is_text else set(expected) <= set(found.rows)
    sizes = (
        len(value if isinstance(value, bytes) else str(value)) for row in contents for value in row if value is not None
    )
    assert found.size == sum(sizes)


def test_parts_have_every_row_once_and_about_a_megabyte(tmp_path: Path) -> None:
    path = tmp_path / "parts.db"
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE t (a TEXT, b, c BLOB)")
        sizes = [100] * 3000 + [9 << 20] * 2 + [50_000] * 60
        connection.executemany(
            "INSERT INTO t (rowid, a) VALUES (?, printf('%.*c', ?, 'x'))",
            [(number * (1 << 40 if number > 3000 else 1) - 50, size) for number, size in enumerate(sizes)],
        )
    with closing(open_unlocked(path)) as connection:
        parts = list(parts_of(connection, [TABLE]))
        each = "SELECT count(*), sum(length(a)) FROM t WHERE rowid BETWEEN ? AND ?"
        counts = [next(connection.execute(each, (part.first, part.last))) for part in parts]
    assert sum(count for count, _ in counts) == len(sizes)
    assert all(count == 1 or size <= 4 << 20 for count, size in counts)
    assert len(parts) < 100
