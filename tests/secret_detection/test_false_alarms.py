"""Ordinary logs, runs and files have no secrets, and the detector finds none in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from benchmarks.generate.records import log_block

FIXTURES = Path(__file__).parents[2] / "fixtures"
SESSIONS = ["0041f965-dae9-4c45-820f-68f50de9f848", "00460049-4bcb-4633-94a0-68f0ca6c9b61"]


def fixture_texts() -> list[bytes]:
    """Return the lines of all files that releases of the library wrote, also of those in zips."""
    texts = []
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                texts += [archive.read(name) for name in archive.namelist()]
        elif path.is_file() and path.suffix != ".py":
            texts.append(path.read_bytes())
    return [line for text in texts for line in text.splitlines()]


@pytest.fixture(scope="module")
def written():
    """Return those lines, each once."""
    return sorted(set(fixture_texts()))


def secrets(detector, texts):
    """Return what is found and is a secret, and no personal data."""
    personal = {rule.name for rule in detector.rules if rule.personal}
    return [part for parts in detector.found_in_many(texts) for part in parts if part.rule not in personal]


def test_ten_megabytes_of_generated_logs_have_no_secret(detector):
    block, _ = log_block(7, "log", 10_000_000, 0, SESSIONS)
    assert len(block) >= 9_000_000
    assert secrets(detector, block.splitlines()) == []


def test_what_releases_of_the_library_write_has_no_secret(detector, written):
    assert sum(map(len, written)) > 500_000
    assert secrets(detector, written) == []


def test_both_engines_find_the_same_personal_data_in_it(detector, secrets_alone, written):
    assert secrets_alone.found_in_many(written) == [[]] * len(written)
    found = detector.found_in_many(written)
    assert any(found)
    assert found == [detector.found(line) if parts else [] for line, parts in zip(written, found, strict=True)]


@pytest.mark.parametrize(
    "piece", [b"a@", b"key=", b"a://b:", b"1.2.3.4.", b"1:", b"eyJ", b"/home/", b"\xff\xc3", b"\\"]
)
def test_a_long_line_of_one_beginning_after_another_is_searched_in_time(detector, piece):
    assert detector.found(piece * (150_000 // len(piece))) == []
