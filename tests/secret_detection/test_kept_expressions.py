"""What is compiled once is kept for the next process of the same user, and only used as it was written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wink_debug_bundle.secret_detection.candidate_search.candidates import CompiledExpressions
from wink_debug_bundle.secret_detection.candidate_search.kept_expressions import KeptExpressions
from wink_debug_bundle.secret_detection.detection_settings import DetectionSettings
from wink_debug_bundle.secret_detection.detector import Detector

TOKEN = b"token = ghp_" + b"aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0cD3fG6"
COMPILED = CompiledExpressions(frozenset({3, 70_000}), b"a compiled database" * 100)


@pytest.fixture
def kept(tmp_path: Path) -> KeptExpressions:
    """Return kept expressions, with `COMPILED` in the folder."""
    kept = KeptExpressions(tmp_path / "cache", "engine 1", ["a+", None, "b"])
    kept.write(COMPILED)
    return kept


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of this user's caches, which is empty."""
    pytest.importorskip("hyperscan", reason="tox run -e redact installs hyperscan")
    pytest.importorskip("platformdirs", reason="tox run -e redact installs platformdirs")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches" / "wink-debug-bundle"


def file_of(folder: Path) -> Path:
    (path,) = (folder / "cache").iterdir()
    return path


def test_what_is_written_is_read(kept: KeptExpressions) -> None:
    assert kept.read() == COMPILED


@pytest.mark.parametrize(
    ("engine", "expressions"), [("engine 2", ["a+", None, "b"]), ("engine 1", ["a+", "b"]), ("engine 1", ["a+", None])]
)
def test_what_was_compiled_of_something_else_is_not_read(
    tmp_path: Path, kept: KeptExpressions, engine: str, expressions: list[str | None]
) -> None:
    other = KeptExpressions(tmp_path / "cache", engine, expressions)
    assert other.read() is None

    file_of(tmp_path).rename(other._path)

    assert other.read() is None


def test_a_file_with_any_byte_changed_is_not_read(tmp_path: Path, kept: KeptExpressions) -> None:
    path = file_of(tmp_path)
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert kept.read() is None


@pytest.mark.parametrize("size", [0, 10, 32, 60])
def test_a_cut_file_is_not_read(tmp_path: Path, kept: KeptExpressions, size: int) -> None:
    os.truncate(file_of(tmp_path), size)
    assert kept.read() is None


def test_a_file_that_others_may_write_is_not_read(tmp_path: Path, kept: KeptExpressions) -> None:
    file_of(tmp_path).chmod(0o620)
    assert kept.read() is None


def test_a_link_is_not_read(tmp_path: Path, kept: KeptExpressions) -> None:
    path = file_of(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert kept.read() is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    kept = KeptExpressions(tmp_path / "file" / "cache", "engine 1", ["a"])
    kept.write(COMPILED)
    assert kept.read() is None


def test_what_earlier_releases_kept_is_removed(tmp_path: Path, kept: KeptExpressions) -> None:
    for number in range(10):
        newest = KeptExpressions(tmp_path / "cache", "engine 1", [f"{number}"])
        newest.write(COMPILED)
        os.utime(newest._path, (number, number))
    assert len(list((tmp_path / "cache").iterdir())) <= 5
    assert newest.read() == COMPILED


def test_the_next_detector_compiles_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Detector()
    from wink_debug_bundle.secret_detection.candidate_search.hyperscan_engine import HyperscanEngine

    monkeypatch.setattr(HyperscanEngine, "_compile", None)
    second = Detector()
    assert second.found(TOKEN) == first.found(TOKEN) != []
    (path,) = cache.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("sought", [{"words": ("heron",)}, {"users": ("jdoe",)}, {"hosts": ("build-7",)}])
def test_what_a_user_looks_for_is_kept_nowhere(cache: Path, sought: dict[str, tuple[str, ...]]) -> None:
    Detector(DetectionSettings(**sought))  # type: ignore[arg-type]
    assert not cache.exists()


def test_rules_of_a_user_are_kept_nowhere(cache: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[[rules]]\nid = 'badge'\nregex = 'HERON-[0-9]{6}'\n", encoding="utf-8")
    Detector(DetectionSettings(rules=rules))
    assert not cache.exists()
