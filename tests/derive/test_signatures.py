"""Signatures: the parts of an error's text that are replaced, and the parts that stay."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processor_time import processor_time_below

from wink_debug_bundle.derive.signatures import LONGEST, signature

REAL = [
    ("connection reset by 10.0.14.7:40014", "connection reset by <address>"),
    ("connect to [fe80::1]:443 failed", "connect to <address> failed"),
    ("429 too many requests, request req_00000006", "429 too many requests, request <id>"),
    ("HTTP/1.1 503 Service Unavailable", "HTTP/1.1 503 Service Unavailable"),
    ("Command failed with exit code 137", "Command failed with exit code 137"),
    (
        "Error code: 529 - {'type': 'overloaded_error', 'request_id': 'req_011CSHoEeqs5C35K2UUqR7Fy'}",
        "Error code: 529 - {'type': 'overloaded_error', 'request_id': <text>}",
    ),
    ("token 25 of 24 at 0x10000019", "token <number> of <number> at <address>"),
    ("<Foo object at 0x7f3a2b> is not callable", "<Foo object at <address>> is not callable"),
    ("12 validation errors for Answer", "<number> validation errors for Answer"),
    ("card …4242 declined: 12.50 € 💳", "card …<number> declined: <number> € 💳"),
    ("No such note: notes/缺.md", "No such note: <path>"),
    ("[Errno 2] No such file or directory: '/a b/c.txt'", "[Errno <number>] No such file or directory: <path>"),
    ('File "/usr/lib/python3.12/x.py", line 42, in foo', "File <path>, line <number>, in foo"),
    (r"C:\Users\me\x.txt is locked", "<path> is locked"),
    ("see https://errors.pydantic.dev/2.11/v/missing", "see <url>"),
    ("Request timed out after 30.5s", "Request timed out after <duration>"),
    ("timeout of 600 seconds exceeded", "timeout of <duration> exceeded"),
    ("2026-11-22T21:09:06.445919+00:00 deadline exceeded", "<time> deadline exceeded"),
    ("Session 7e8e1234-1234-4234-8234-1234567890ab expired", "Session <id> expired"),
    ("commit 51e558b7c1 not found", "commit <id> not found"),
    ("Tool toolu_01ABCdef234 failed", "Tool <id> failed"),
    ("Missing required field: 'destination'", "Missing required field: 'destination'"),
    ("Tool 'charge_card' requires: find_trains", "Tool 'charge_card' requires: find_trains"),
    ("it's broken, isn't it? don't", "it's broken, isn't it? don't"),
    ("can't open 'my file', won't try", "can't open <text>, won't try"),
    ("input/output error in std::string", "input/output error in std::string"),
    ("list index out of range", "list index out of range"),
    ("1 error\nfield\n  Field required", "<number> error field Field required"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), REAL)
def test_real_errors(text, expected):
    """Errors of the library, of providers, of Python and of the system have these signatures."""
    assert signature(text) == expected


REDACTED = [
    ("connection reset by [IP:CEUD2IFV]:40060", "connection reset by <address>"),
    ("connect to [[IP:ABCDEFG2]]:443 failed", "connect to <address> failed"),
    ("No such file: /home/[USER:ABCDEFG2]/run-7/x.txt", "No such file: <path>"),
    ("login of [EMAIL:A2345672] failed", "login of [EMAIL] failed"),
    ("[[EMAIL:A2345672]]", "[[EMAIL]]"),
    ("[note:ABCDEFGH]", "[note:ABCDEFGH]"),
]


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_redacted_values(text, expected):
    """A token of a redacted bundle, which differs from value to value, counts as the value did."""
    assert signature(text) == expected


def test_values_that_an_evaluator_compares():
    """In a sample's text all quoted texts are replaced, names included."""
    assert signature("expected 'Paris', got \"London\"", of_values=True) == "expected <text>, got <text>"
    assert signature("expected 'Paris'") == "expected 'Paris'"


@pytest.mark.parametrize(
    ("one", "other"),
    [("HTTP 429", "HTTP 500"), ("exit code 1", "exit code 137"), ("KeyError: 'a'", "KeyError: 'b'"), ("no a", "no b")],
)
def test_causes_have_different_signatures(one, other):
    """Errors with different status codes, names or words have different signatures."""
    assert signature(one) != signature(other)


WORDS = st.text(alphabet=string.ascii_lowercase.replace("x", ""), min_size=1, max_size=8)
INSIGNIFICANT = st.one_of(
    st.uuids().map(str),
    st.integers(min_value=0).map(str),
    st.floats(min_value=0, max_value=1e9).map(lambda value: f"{value:.3f}"),
    st.integers(min_value=0, max_value=2**64).map(hex),
    st.datetimes().map(lambda moment: moment.replace(year=2026).isoformat()),
    st.ip_addresses(v=4).map(str),
    st.integers(min_value=0).map(lambda value: f"/srv/data/{value}/out.json"),
    st.integers(min_value=10**6, max_value=10**12).map(lambda value: f"req_{value:x}0"),
)


@given(words=st.lists(WORDS, min_size=2, max_size=5), values=st.lists(INSIGNIFICANT, min_size=1, max_size=4))
def test_no_digit_of_a_value_stays(words, values):
    """Ids, numbers, paths, addresses and times between words leave no digit."""
    text = " ".join([*words, *(f"{value} {words[0]}" for value in values)])
    assert not set(signature(text)) & set(string.digits)


@given(
    words=st.lists(WORDS, min_size=1, max_size=5),
    kind=st.sampled_from(["{}", "0x{:x}", "req_{:012x}0", "/tmp/{}/a.txt", "{}ms", "10.0.0.{}"]),
    numbers=st.tuples(st.integers(0, 255), st.integers(0, 255)),
)
def test_errors_of_one_cause_have_one_signature(words, kind, numbers):
    """Errors that differ only in values of the same kind have one signature."""
    one, other = (signature(f"{' '.join(words)} {kind.format(number)} {words[0]}") for number in numbers)
    assert one == other


@given(st.text())
def test_any_text_gets_one_short_line(text):
    """A signature is a single line within the length limit, and always the same for a text."""
    found = signature(text)
    assert len(found) <= LONGEST
    assert "\n" not in found
    assert signature.__wrapped__(text) == found


@pytest.mark.parametrize(
    "unit", ["a", "a/", "'", "a'", "0x", "1.", "a-", "::", "-1", "a_1", "<", "\\", "ab1", "1:", ". "]
)
def test_hostile_texts_are_fast(unit):
    """No repetition in a text makes the computation slow."""
    with processor_time_below(1):
        signature.__wrapped__(unit * 100_000)
