"""Known values are found in every form in which a text may hold them."""

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

from wink_debug_bundle.secret_detection.literals import LiteralSearch, is_searchable

AWKWARD = 'pa"ss\\w/o=rd+<é>& x~' + random_text(8)
VALUES = {AWKWARD.encode(): ("environment", "PASSWORD"), random_text(24).encode(): ("github-pat", "GITHUB_PAT")}


@pytest.fixture(scope="module", params=["hyperscan", "aho-corasick"])
def search(request):
    """Return a search for the values, by each of the engines."""
    pytest.importorskip("hyperscan", reason="this platform has no wheel of hyperscan")
    return LiteralSearch(VALUES, engine=request.param)


def in_json(text: str, level: int, *, ascii_only: bool) -> str:
    """Return the text in a JSON string, as often as `level` says."""
    for _ in range(level):
        text = json.dumps(text, ensure_ascii=ascii_only)
    return text


FORMS = {
    "plain": str,
    "json": lambda value: in_json(value, 1, ascii_only=False),
    "json-ascii": lambda value: in_json(value, 1, ascii_only=True),
    "json-twice": lambda value: in_json(value, 2, ascii_only=False),
    "json-ascii-thrice": lambda value: in_json(value, 3, ascii_only=True),
    "json-slash": lambda value: json.dumps(value).replace("/", "\\/"),
    "json-markup": lambda value: (
        json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    ),
    "url": lambda value: urllib.parse.quote(value, safe=""),
    "url-path": urllib.parse.quote,
    "url-query": lambda value: urllib.parse.urlencode({"q": value}),
    "url-lower": lambda value: urllib.parse.quote(value, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "repr": lambda value: repr({"k": value}),
    "hexadecimal": lambda value: value.encode().hex(),
}


@pytest.mark.parametrize("value", VALUES, ids=["awkward", "token"])
@pytest.mark.parametrize("form", [name for name in FORMS if name != "url-lower"])
def test_a_value_is_found_in_each_of_its_escaped_forms(search, form, value):
    text = f"before {FORMS[form](value.decode())} after".encode()
    (found,) = search.found(text)
    rest = text[: found.start] + text[found.end :]
    assert (found.value, found.kind) == (value, VALUES[value][1])
    assert value not in text or value not in rest
    assert len(rest) < len(b"before {'k': } after") + 16


@pytest.mark.parametrize("value", VALUES, ids=["awkward", "token"])
@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_value_is_found_in_base64_wherever_it_begins(search, encode, before, value):
    text = encode(b"abcdefg"[:before] + value + b"xyz")
    (found,) = search.found(b"data:" + text)
    assert found.value == value
    first, last = before * 8 // 6, -(-(before + len(value)) * 8 // 6)
    assert (found.start, found.end) == (len("data:") + first, len("data:") + last)


def test_the_base64_of_a_value_alone_is_found_to_its_last_padding(search):
    for value in VALUES:
        text = base64.b64encode(value)
        assert [(found.start, found.end) for found in search.found(text)] == [(0, len(text))]


def test_lines_of_a_long_value_are_found_where_it_was_parted():
    lines = [random_text(64, seed=seed) for seed in range(3)]
    search = LiteralSearch({"\n".join(lines).encode(): ("pem", "PRIVATE_KEY")})
    assert [found.kind for found in search.found(f"12:01 {lines[2]}".encode())] == ["PRIVATE_KEY"]


def test_the_longest_of_values_that_contain_each_other_wins():
    short, long = random_text(12).encode(), b"x" + random_text(12).encode() + b"y1"
    search = LiteralSearch({short: ("a", "A"), long: ("b", "B")})
    text = b"1 " + long + b" 2 " + short + b" 3"
    assert [(found.kind, text[found.start : found.end]) for found in search.found(text)] == [("B", long), ("A", short)]


def test_of_values_that_overlap_no_byte_is_left():
    search = LiteralSearch({b"abcdefgh1": ("a", "A"), b"gh1klmn": ("b", "B")})
    assert [(found.start, found.end, found.kind) for found in search.found(b"-abcdefgh1klmn-")] == [
        (1, 10, "A"),
        (10, 14, "B"),
    ]


@pytest.mark.parametrize("value", [b"short", b"localhost", b"xxxxxxxxxxxx", b"------------", b"False"])
def test_values_that_texts_are_full_of_are_not_searched(value):
    assert not is_searchable(value)
    assert LiteralSearch({value: ("a", "A")}).found(b"a " + value + b" b") == []


def test_a_value_is_not_found_across_two_texts(search):
    value = next(iter(VALUES))
    assert search.found_in_many([value[:9], value[9:], b"", value]) == [[], [], [], search.found(value)]


ANY_VALUES = st.dictionaries(
    st.binary(min_size=6, max_size=12) | st.text('abcd\\"/\n', min_size=6, max_size=9).map(str.encode),
    st.sampled_from([("a", "A"), ("b", "B")]),
    min_size=1,
    max_size=6,
)


@given(ANY_VALUES, st.lists(st.binary(max_size=4), max_size=6), st.randoms(use_true_random=False))
def test_both_engines_find_the_same(values, fillers, random):
    pytest.importorskip("hyperscan", reason="this platform has no wheel of hyperscan")
    parts = [
        *fillers,
        *(base64.b64encode(b"ab" + value) for value in values),
        *values,
        *(value[3:] for value in values),
    ]
    random.shuffle(parts)
    texts = [b"".join(parts), *parts]
    by_hyperscan, by_automaton = (LiteralSearch(values, engine=engine) for engine in ("hyperscan", "aho-corasick"))
    assert by_hyperscan.found_in_many(texts) == by_automaton.found_in_many(texts)
    assert by_hyperscan.found_in_many(texts) == [by_automaton.found(text) for text in texts]


@pytest.mark.parametrize("engine", ["hyperscan", "aho-corasick"])
def test_values_that_begin_alike_are_told_apart(engine):
    """An engine searches the beginnings of values alone, and longer ones where very many begin alike."""
    pytest.importorskip("hyperscan", reason="this platform has no wheel of hyperscan")
    beginning = random_text(40)
    values = {f"{beginning}{number:03}{beginning}".encode(): ("a", "A") for number in range(100)}
    search = LiteralSearch(values, engine=engine)
    for value in values:
        assert [found.value for found in search.found(b"- " + value + b" -")] == [value]
    assert search.found(f"{beginning}{beginning}x".encode()) == []


def test_thousands_of_long_values_are_prepared_in_little_time():
    """Hyperscan takes a minute to prepare them whole, in each process."""
    values = {random_text(800).encode(): ("private-key", "PRIVATE_KEY") for _ in range(1000)}
    with processor_time_below(6):
        LiteralSearch(values)
