"""What a text hides is decoded, and found again in the text itself."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.redaction.cell_texts.decoded_text import decode, decoded_texts

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)
SECRET = 'pa"ss\\wört\n42'


@given(TEXTS, st.booleans())
def test_escapes_of_json_are_decoded(text: str, is_ascii: bool) -> None:
    """Whatever a writer of JSON escapes comes out as it was."""
    written = json.dumps(text, ensure_ascii=is_ascii)[1:-1]
    assert decode(written.encode()) == text.encode()


@given(TEXTS, TEXTS, st.integers(1, 3), st.booleans())
def test_places_lead_back(before: str, behind: str, depth: int, is_ascii: bool) -> None:
    """The part of a text from which a secret was decoded is the secret as it is written there, and nothing else."""
    written, outer = SECRET, f"{before}|{SECRET}|{behind}"
    for _ in range(depth):
        written = json.dumps(written, ensure_ascii=is_ascii)[1:-1]
        outer = json.dumps(outer, ensure_ascii=is_ascii)[1:-1]
    text = outer.encode()
    decoded = decoded_texts(text)[depth]
    start = decoded.data.index(b"|" + SECRET.encode() + b"|") + 1
    begin, end = decoded.original(start, start + len(SECRET.encode()))
    assert text[begin:end] == written.encode()


@pytest.mark.parametrize(
    "written",
    [quote(SECRET, safe=""), base64.b64encode(b"the secret is " + SECRET.encode()).decode()],
    ids=["percent", "base64"],
)
def test_other_forms_are_decoded(written: str) -> None:
    """Percent escapes and runs of base64 are found with the whole of what is written."""
    text = f'{{"value": "{written}"}}'.encode()
    found = [
        each.original(place, place + len(SECRET.encode()))
        for each in decoded_texts(text)
        if (place := each.data.find(SECRET.encode())) >= 0
    ]
    assert [text[start:end] for start, end in found] == [written.encode()]
