"""Texts that have a word are named, whatever its case; others seldom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")

from wink_debug_bundle.secret_detection.any_case import AnyCaseSearch
from wink_debug_bundle.secret_detection.detection_extra import installed

WORDS = [b"heron", b"mia.k", b"ero"]
PARTS = st.sampled_from([*WORDS, b"HeRoN", b"h", b"\n", b"", b"e", b"ron", b"\xc3\xbc"])


@given(st.lists(st.lists(PARTS, max_size=4).map(b"".join), max_size=6))
def test_every_text_with_a_word_is_named(texts: list[bytes]) -> None:
    expected = [number for number, text in enumerate(texts) if any(word in text.lower() for word in WORDS)]
    named = list(AnyCaseSearch(WORDS).candidates(texts))
    assert named == (expected if installed("hyperscan") else list(range(len(texts))))


def test_all_texts_are_named_for_words_that_are_not_ascii() -> None:
    assert list(AnyCaseSearch(["jörg".encode()]).candidates([b"a", b"b"])) == [0, 1]
