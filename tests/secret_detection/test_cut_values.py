"""The beginning of a known value is found where a text was cut, if it is enough to tell the value."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_secrets import random_text
from support.processor_time import processor_time_below

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
pytest.importorskip("ahocorasick_rs", reason="tox run -e redact installs ahocorasick-rs")

from wink_debug_bundle.secret_detection.found_secret import FoundSecret
from wink_debug_bundle.secret_detection.literals import LiteralSearch
from wink_debug_bundle.secret_detection.value_forms.cut_values import least_beginning

RANDOM = "x7" + random_text(34)
TOKEN = "ghp_" + RANDOM
PASSWORD = 'p7"ß/' + RANDOM
SEARCH = LiteralSearch({each.encode(): ("rule", "KIND") for each in (TOKEN, PASSWORD)}, engine="aho-corasick")


def found(text: str) -> list[FoundSecret]:
    """Return what is found of the values."""
    return SEARCH.found(text.encode())


@pytest.mark.parametrize("after", ["", "...", "…", '"}', '\\"}', "\n", "****", " [cut]"])
@given(size=st.integers(len("ghp_") + 6, len(TOKEN) - 1))
def test_a_beginning_is_found_up_to_its_end(after: str, size: int) -> None:
    """From six characters behind the public prefix on, whatever says that the text was cut."""
    [each] = found(f"using {TOKEN[:size]}{after}")
    assert (each.start, each.end, each.value) == (6, 6 + size, TOKEN.encode())


@given(size=st.integers(0, len("ghp_") + 5))
def test_the_public_prefix_is_no_finding(size: int) -> None:
    """What all values of a kind begin with, and a few characters more, tells nothing."""
    assert found(f"using {TOKEN[:size]}") == []


@pytest.mark.parametrize("after", ["a", "Z", "0"])
def test_another_value_is_not_taken_for_a_cut_one(after: str) -> None:
    """If the text goes on with another letter or digit, it has another value that begins alike."""
    assert TOKEN[14] != after
    assert found(f"using {TOKEN[:14]}{after}bcd") == []


@pytest.mark.parametrize(
    "encode",
    [
        lambda value: json.dumps(value)[:-4],
        lambda value: json.dumps(json.dumps(value))[:-6],
        lambda value: urllib.parse.quote(value, safe="")[:-3],
        lambda value: value.encode().hex()[:-5],
        lambda value: base64.b64encode(f"ab{value}".encode()).decode()[:-6],
        lambda value: base64.urlsafe_b64encode(value.encode()).decode()[:-6],
    ],
    ids=["json", "json-twice", "percent", "hexadecimal", "base64", "base64-url"],
)
@pytest.mark.parametrize("value", [TOKEN, PASSWORD], ids=["token", "password"])
def test_a_cut_form_is_found(encode, value: str) -> None:
    """Forms of a value are cut like the value; nothing random of them stays."""
    text = encode(value)
    [each] = found(text)
    assert each.end == len(text.encode())
    assert each.start <= 4


@pytest.mark.parametrize(
    ("value", "public"),
    [
        ("sk-ant-api03-" + RANDOM, "sk-ant-api03-"),
        ("github_pat_" + RANDOM, "github_pat_"),
        ("https://hooks.example.com/services/" + RANDOM, "https://hooks.example.com/"),
        ("-----BEGIN RSA PRIVATE KEY-----\n" + RANDOM, "-----BEGIN RSA PRIVATE KEY-----\n"),
        ("eyJhbGciOiJIUzI1NiJ9." + RANDOM, "eyJhbGciOiJIUzI1NiJ9."),
        ("postgres://x7" + RANDOM + "@db.example.com/x", "postgres://"),
        (RANDOM, ""),
    ],
)
def test_what_is_public_is_not_counted(value: str, public: str) -> None:
    """Beside what everybody knows, six bytes must be there, or a few more until they look like no word."""
    assert len(public) + 6 <= least_beginning(value.encode()) <= len(public) + 16


@pytest.mark.parametrize("value", ["4111111111111111", "20261122100000123456"])
def test_numbers_are_never_cut(value: str) -> None:
    """The beginning of a number is any number."""
    assert LiteralSearch({value.encode(): ("rule", "KIND")}).found(value[:-1].encode()) == []


@given(size=st.integers(0, 60), after=st.text(max_size=3))
def test_characters_are_never_cut(size: int, after: str) -> None:
    """Where a text goes on with a character whose first bytes are those of the value, its character is whole."""
    value = "k9ä" * 20
    text = f"{value[:size]}ã{after}".encode()
    for each in LiteralSearch({value.encode(): ("rule", "KIND")}, engine="aho-corasick").found(text):
        text[: each.start].decode()
        text[each.end :].decode()


@processor_time_below(10)
def test_values_that_repeat_themselves_take_no_longer() -> None:
    """A text that has the beginning of a long value at each of thousands of places is searched in time."""
    values = [b"ab9d" * 2000 + b"X", b"ab9d" * 20_000 + b"X"]
    search = LiteralSearch(dict.fromkeys(values, ("rule", "KIND")), engine="aho-corasick")
    assert [each.end for each in search.found(b"ab9d" * 30_000)][-1] == 120_000


def test_words_need_more() -> None:
    """A value that begins with words is not found in texts that end with one of them."""
    search = LiteralSearch({b"correct-horse-battery-staple": ("rule", "KIND")})
    assert search.found(b"that is correct-horse") == []
    assert len(search.found(b"that is correct-horse-battery...")) == 1


def test_lines_of_a_text_are_cut_at_their_ends() -> None:
    """A beginning that would go on in the next of many texts ends with its own."""
    value = f"k9{random_text(9)}\n{random_text(20)}"
    search = LiteralSearch({value.encode(): ("rule", "KIND")})
    first, second = value.encode().split(b"\n")
    [cut], [] = search.found_in_many([first, second[:5]])
    assert (cut.start, cut.end) == (0, len(first))


def test_whole_values_alone_can_be_found() -> None:
    """Numbers, times and fixed words of a bundle are searched for whole values only."""
    texts = [TOKEN[:20].encode(), TOKEN.encode()]
    assert SEARCH.whole_by_number(texts).keys() == {1}
    assert SEARCH.found_by_number(texts).keys() == {0, 1}
