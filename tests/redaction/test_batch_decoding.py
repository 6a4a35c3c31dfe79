"""Cells that are decoded together are decoded as each is alone, and nothing that is found in one alone is missed."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
pytest.importorskip("ahocorasick_rs", reason="tox run -e redact installs ahocorasick-rs")

from wink_debug_bundle.redaction.cell_texts.batch_decoding import decoded_batch
from wink_debug_bundle.redaction.cell_texts.cell_scanner import CellScanner
from wink_debug_bundle.redaction.cell_texts.decoded_text import decoded_texts
from wink_debug_bundle.redaction.passes.name_finder import NameFinder, are_plain
from wink_debug_bundle.secret_detection.detector import Detector
from wink_debug_bundle.secret_detection.found_secret import FoundSecret, without_overlaps

SECRETS = (
    "password: Zq7!rTy/42x",
    "ghp_" + "a1B2c3D4e5F6g7H8i9" * 2,
    "https://carla:Vx8k2Qpz@build.example.org/x",
    "carla.meyer@example.org",
    "Authorization: Bearer abcDEF0123456789xyzXYZ",
)
PARTS = st.sampled_from(
    [
        b"\\",
        b"\\\\",
        b"\\n",
        b'\\"',
        b"\\u005c",
        b"\\u00fc",
        b"\\ud83d\\ude00",
        b"\\ud83d",
        b"%41",
        b"%",
        b"\xfe",
        b"\xff",
        b"\n",
        b'"',
        b"=",
        b"a" * 22,
        b"word ",
        b"\xc3\xbc",
        b"u0041",
        b"/",
        base64.b64encode(b"text that is one"),
    ]
)


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


FORMS = st.sampled_from(
    [
        lambda text: text,
        _escaped,
        lambda text: _escaped(_escaped(f'"{text}"\n')),
        lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
        lambda text: quote(text, safe=""),
        lambda text: base64.b64encode(f"this is {text} in base64".encode()).decode(),
        lambda text: base64.urlsafe_b64encode(f"{text}\n".encode()).decode().rstrip("="),
    ]
)
NOISE = st.lists(PARTS, max_size=6).map(b"".join)
PLANTED = st.builds(
    lambda before, make, text, behind: before + make(text).encode() + behind,
    NOISE,
    FORMS,
    st.sampled_from(SECRETS),
    NOISE,
)  # type: ignore[no-any-return]
CELLS = st.lists(NOISE | PLANTED | st.binary(max_size=40), max_size=6)


@given(CELLS, st.booleans())
def test_together_as_alone(cells: list[bytes], are_paths: bool) -> None:
    batch = decoded_batch(cells, are_paths=are_paths)
    together = sorted(zip(batch.cells, batch.forms, batch.data, strict=True))
    alone = [
        (number, form, text.data)
        for number, cell in enumerate(cells)
        for form, text in enumerate(decoded_texts(cell, is_path=are_paths))
    ]
    assert together == alone


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@given(CELLS, st.booleans())
@settings(max_examples=60)
def test_nothing_is_missed_in_a_batch(detector: Detector, cells: list[bytes], are_paths: bool) -> None:
    """What a search of each form of each cell by itself finds is what the search of all together finds."""
    expected = {cell: found for cell in cells if (found := _found_alone(detector, cell, is_path=are_paths))}
    assert CellScanner((), [detector.found_by_number]).found(cells, are_paths=are_paths) == expected


def _found_alone(detector: Detector, cell: bytes, *, is_path: bool) -> Sequence[FoundSecret]:
    ranked = []
    for text in decoded_texts(cell, is_path=is_path):
        for each in detector.found(text.data):
            start, end = text.original(each.start, each.end)
            ranked.append((1, each._replace(start=start, end=end)))
    return without_overlaps(ranked)


NAMES = ("heron", "mia.k", "n")
NAMED = st.lists(
    PARTS | FORMS.flatmap(lambda make: st.sampled_from([make(name).encode() for name in NAMES])), max_size=7
)


@given(st.lists(NAMED.map(b"".join), max_size=5), st.booleans())
@settings(max_examples=300)
def test_plain_names_are_seen_without_decoding(cells: list[bytes], are_paths: bool) -> None:
    """In cells that hide no plain characters, names are found where they are found in what is decoded."""
    finder = NameFinder("user-name", "USER", NAMES)
    assert are_plain(NAMES)
    hiding = CellScanner((), [lambda _: {}], tells_hiding=True).found(cells, are_paths=are_paths)
    others = [cell for cell in cells if cell not in hiding]
    decoded = CellScanner((), [finder]).found(others, are_paths=are_paths)
    assert CellScanner((), [finder], decodes=False).found(others, are_paths=are_paths) == decoded


@pytest.mark.parametrize("name", ["a/b", 'a"b', "a\\b", "jörg", "a\nb"])
def test_a_name_that_escapes_change_is_not_plain(name: str) -> None:
    assert not are_plain(["heron", name])


def test_most_planted_secrets_are_found(detector: Detector) -> None:
    """The property above would hold for a search that finds nothing."""
    cells = [f'{{"text": "{_escaped(text)}"}}'.encode() for text in SECRETS]
    assert set(CellScanner((), [detector.found_by_number]).found(cells)) == set(cells)
