"""Both engines find the same in the same texts, alone and among many, and a rule's hint leaves nothing out."""

from __future__ import annotations

import pickle
import random
import tomllib
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_secrets import random_text
from support.regex_samples import random_match

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
pytest.importorskip("hyperscan", reason="this platform has no wheel of hyperscan")

from wink_debug_bundle.secret_detection.detection_settings import DetectionSettings
from wink_debug_bundle.secret_detection.detector import Detector

KNOWN = {"words": ("heron 7",), "users": ("mia",), "hosts": ("buildbox-7",)}
VENDORED = files("wink_debug_bundle.secret_detection.detection_rules").joinpath("vendored", "gitleaks.toml")
RULES = {
    rule["id"]: rule
    for rule in tomllib.loads(VENDORED.read_text(encoding="utf-8"))["rules"]
    if "path" not in rule and not rule["id"].startswith("curl-")
}


@pytest.fixture(scope="module")
def by_hyperscan():
    """Return a detector that asks hyperscan."""
    return Detector(DetectionSettings(**KNOWN, engine="hyperscan"))


@pytest.fixture(scope="module")
def by_keywords():
    """Return a detector that has google-re2 alone."""
    return Detector(DetectionSettings(**KNOWN, engine="re2"))


def samples(count: int, seed: int) -> list[bytes]:
    """Return texts that gitleaks' rules match, `count` for each."""
    rng = random.Random(seed)
    return [
        f"{rule['keywords'][0]} {random_match(rule['regex'], rng)}".encode()
        for rule in RULES.values()
        for _ in range(count)
    ]


OWN = [
    text.encode()
    for text in (
        "postgres://bob:" + random_text(12) + "@db:5432",
        '{"Authorization": "Bearer ' + random_text(30) + '"}',
        "a@b.io, \\nalice@corp.io 10.1.2.3:80 2001:db8::ff00:42:8329",
        "/home/ann/x C:\\\\Users\\\\bob\\\\ -home-dora-x heron 7 MIA at buildbox-7",
        'api_key="' + random_text(20) + '"',
    )
]
PARTS = [*samples(1, 5), *OWN]


def test_both_find_the_same_in_texts_of_every_rule(by_hyperscan, by_keywords):
    texts = [*samples(2, 1), *OWN]
    alone = [by_keywords.found(text) for text in texts]
    assert by_hyperscan.found_in_many(texts) == alone
    assert by_hyperscan.found_in_many([b" ".join(texts), *texts])[1:] == alone


@given(
    st.lists(st.sampled_from(PARTS) | st.binary(max_size=6) | st.sampled_from([b"\n", b'"', b"\\n", b" "]), max_size=12)
)
@settings(max_examples=60)
def test_both_find_the_same_in_texts_of_pieces(by_hyperscan, by_keywords, parts):
    texts = [b"".join(parts), *parts, b"", b" ".join(parts)]
    expected = [by_keywords.found(text) for text in texts]
    assert by_hyperscan.found_in_many(texts) == expected
    assert [by_hyperscan.found(text) for text in texts] == expected


def test_both_find_the_same_in_a_text_that_is_cut_into_pieces(by_hyperscan, by_keywords):
    rng = random.Random(9)
    text = b"".join(rng.choice(PARTS) + b" " + b"-" * rng.randrange(3000) for _ in range(200))
    assert len(text) > 250_000
    found = by_hyperscan.found(text)
    assert found == by_keywords.found(text)
    assert all(before.end <= after.start for before, after in pairwise(found))


@pytest.mark.parametrize("offset", [98_300, 131_060, 131_071, 196_600])
def test_a_secret_at_a_cut_is_found_whole(by_hyperscan, offset):
    secret = ("ghp" + "_" + random_text(36)).encode()
    text = b"." * offset + secret + b"." * 200_000
    assert [(found.start, found.value) for found in by_hyperscan.found(text)] == [(offset, secret)]


def test_a_detector_with_what_another_compiled_finds_the_same(by_hyperscan, by_keywords):
    texts = [*samples(1, 3), *OWN]
    travelled = pickle.loads(pickle.dumps(by_hyperscan.compiled))
    loaded = Detector(by_hyperscan.settings, travelled)
    assert loaded.found_in_many(texts) == by_hyperscan.found_in_many(texts)
    assert by_keywords.compiled is None


def test_a_rule_that_hyperscan_refuses_stays_known_after_loading(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("[[rules]]\nid = 'letters'\nregex = '''zz\\pL{9}[0-9]'''\nkeywords = ['zz']\n")
    compiled = Detector(DetectionSettings(rules=rules, engine="hyperscan"))
    assert compiled.compiled is not None
    assert compiled.compiled.refused == {len(compiled.rules) - 1}
    loaded = Detector(compiled.settings, compiled.compiled)
    assert [each.rule for each in loaded.found(b"x zzabcdefghi7")] == ["letters"]
