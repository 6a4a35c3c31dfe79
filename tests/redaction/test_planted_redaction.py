"""Nothing is left of planted secrets in a redacted bundle, as a scan sees it that knows them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.redaction.left import everything_left, listed
from support.planted_secrets.place_list import ALL_PLACES
from support.planted_secrets.planted_bundle import PlantedBundle, build_planted

pytest.importorskip("re2", reason="needs the extra redact")


def _redact(planted: PlantedBundle, output: Path) -> Path:
    words = output.with_suffix(".words")
    words.write_text("".join(f"{word}\n" for word in planted.artifacts.words), encoding="utf-8")
    command = [sys.executable, "-m", "wink_debug_bundle", "redact", planted.bundle, "-o", output, "--word", words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def redacted(planted: PlantedBundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the redacted bundle."""
    return _redact(planted, tmp_path_factory.mktemp("redacted") / "redacted.db")


@pytest.fixture(scope="module")
def left(planted: PlantedBundle, redacted: Path) -> dict[int, list[str]]:
    """Return what is left of each secret that is not gone, by its number."""
    found: dict[int, list[str]] = {}
    for each in everything_left(redacted, planted.artifacts.secrets):
        found.setdefault(each.secret.number, []).append(f"{each.secret.kind.name} in {each.place} ({each.form})")
    return found


@pytest.mark.parametrize("place", [place.name for place in ALL_PLACES])
def test_nothing_is_left_of_a_places_secrets(planted: PlantedBundle, left: dict[int, list[str]], place: str) -> None:
    """No secret that was planted in the place is anywhere in the redacted bundle, in any form or piece."""
    numbers = [secret.number for secret in planted.artifacts.plants[place]]
    assert [left[number] for number in numbers if number in left] == []


@pytest.mark.slow
def test_nothing_is_left_of_5000(tmp_path: Path) -> None:
    """Nothing is left of 5,000 secrets of 52 kinds in all places."""
    planted = build_planted(tmp_path, 5000, search="all")
    output = _redact(planted, tmp_path / "redacted.db")
    assert listed(everything_left(output, planted.artifacts.secrets)) == []


@pytest.mark.slow
def test_nothing_is_left_in_a_bundle_that_shares_its_text(tmp_path: Path) -> None:
    """Texts that are stored once for all files are redacted, too."""
    planted = build_planted(tmp_path, 1000, share_text=True)
    output = _redact(planted, tmp_path / "redacted.db")
    assert listed(everything_left(output, planted.artifacts.secrets)) == []
