"""Private keys are found whole, in whatever form texts have them, and over several texts."""

from __future__ import annotations

import json

import pytest
from support.made_secrets import random_text

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")

from wink_debug_bundle.secret_detection.pem_blocks import PemAcrossTexts

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LINES = [*(random_text(64, BASE64, seed) for seed in range(25)), random_text(34, BASE64, 99) + "=="]
MARK = "-----{} RSA PRIVATE " + "KEY-----"
KEY = "\n".join([MARK.format("BEGIN"), *LINES, MARK.format("END")])


def numbered(text: str) -> str:
    """Return a text as agents' tools show files."""
    return "\n".join(f"{number:6}\N{RIGHTWARDS ARROW}{line}" for number, line in enumerate(text.split("\n"), start=1))


@pytest.mark.parametrize(
    "text",
    [
        f"key:\n{KEY}\nend",
        json.dumps({"key": KEY + "\n"}),
        json.dumps(json.dumps({"key": KEY})),
        json.dumps(json.dumps(json.dumps({"key": KEY}))),
        f"Read:\n{numbered(KEY)}\n",
        json.dumps({"result": numbered(KEY)}, ensure_ascii=False),
        "key = (\n" + "".join(f'    "{line}\\n"\n' for line in KEY.split("\n")) + ")",
        KEY.replace("\n", "\r\n"),
        "\n".join(f"> # {line}" for line in KEY.split("\n")),
    ],
    ids=["plain", "json", "json-twice", "json-thrice", "listing", "listing-json", "python", "windows", "commented"],
)
def test_a_key_is_found_whole_with_the_same_value_in_every_form(secrets_alone, text):
    (found,) = secrets_alone.found(text.encode())
    assert (found.rule, found.value) == ("pem-private-key", KEY.encode())
    rest = text.encode()[: found.start] + text.encode()[found.end :]
    assert not any(line.encode() in rest for line in LINES)


def test_a_key_whose_end_is_cut_off_is_found_as_far_as_it_goes(secrets_alone):
    text = KEY[:1000].encode()
    assert [(found.start, found.end) for found in secrets_alone.found(b"> " + text)] == [(2, 2 + len(text))]


@pytest.mark.parametrize(
    "text", ["the line " + MARK.format("BEGIN") + " begins a key, see the manual", MARK.format("END")]
)
def test_marks_without_a_body_are_not_found(secrets_alone, text):
    assert secrets_alone.found(text.encode()) == []


def record(line: str) -> bytes:
    """Return a log record that has the line as its message."""
    return json.dumps(
        {"timestamp": "2026-11-29T10:00:00Z", "level": "INFO", "message": line, "hash": "a1" * 32}
    ).encode()


@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_key_that_records_cut_is_found_in_each_of_them(size):
    lines = ["nothing", *KEY.split("\n"), "and nothing"]
    texts = [record("\n".join(lines[place : place + size])) for place in range(0, len(lines), size)]
    texts.insert(2, record("another thread says something"))
    left = []
    values = set()
    for text, parts in zip(texts, PemAcrossTexts().found(texts), strict=True):
        values.update(part.value for part in parts)
        rest = text
        for part in reversed(parts):
            rest = rest[: part.start] + rest[part.end :]
        left.append(rest)
    assert not any(line.encode() in rest for line in LINES for rest in left)
    assert all(b'"hash": "a1a1' in rest and b"2026-11-29" in rest for rest in left)
    assert len(values) == 1
    assert LINES[7].encode() in values.pop()


def test_a_key_that_one_text_holds_whole_is_left_to_the_detector():
    assert PemAcrossTexts().found([record(KEY), record(LINES[0]), b""]) == [[], [], []]


def test_a_key_that_never_ends_is_given_up_after_some_texts():
    texts = [record(MARK.format("BEGIN")), *[record("text")] * 100, record(LINES[0])]
    found = PemAcrossTexts().found(texts)
    assert [bool(parts) for parts in found] == [True, *[False] * 101]
