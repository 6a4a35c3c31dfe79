"""Bundles that share text, and others, are merged and grow."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import archive, lines, log_record, write_files
from support.resolved_rows import differences, resolved_rows
from support.text_forms import form_as_asked

from wink_debug_bundle import DebugBundle

SAME = "a workspace that every run has\n" * 100
NAMES = ("a", "b", "c")
_FILES = "SELECT archive_id, path, content, sha256 FROM files ORDER BY archive_id, path"


def _folder(place: Path, name: str) -> Path:
    own = {"same.txt": SAME, "own.txt": f"of {name}", "bytes": b"\xff" * 30}
    return write_files(place, {f"{name}.log": lines(log_record(message=name)), f"{name}.zip": archive(own)})


def _built(folder: Path, output: Path, *, shares: bool) -> Path:
    with form_as_asked(), DebugBundle.from_directory(folder, output=output, recursive=True, share_text=shares):
        return output


def _rows(path: Path, sql: str = _FILES) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Return a bundle of all sources that shares text; each folder has those of one part."""
    for name in NAMES:
        shutil.copytree(_folder(tmp_path / name, name), tmp_path / "all", dirs_exist_ok=True)
    return _built(tmp_path / "all", tmp_path / "whole.db", shares=True)


@pytest.mark.parametrize("forms", list(itertools.product((False, True), repeat=3)))
def test_merged(tmp_path: Path, whole: Path, forms: tuple[bool, ...]) -> None:
    """The merged bundle shares text if one of them does; then its rows are those of one build that does."""
    parts = [
        _built(tmp_path / name, tmp_path / f"{name}.db", shares=shares)
        for name, shares in zip(NAMES, forms, strict=True)
    ]
    with DebugBundle.merge(parts, tmp_path / "m.db") as bundle:
        assert bundle.shares_text is any(forms)
        assert bundle.verify().findings == ()
    assert _rows(tmp_path / "m.db") == _rows(whole)
    if any(forms):
        assert differences(resolved_rows(whole), resolved_rows(tmp_path / "m.db")) == {}


def test_left_out(tmp_path: Path) -> None:
    """A text that only a duplicate has does not stay."""
    parts = []
    for name in ("a", "b"):
        folder = _folder(tmp_path / name, "x")
        _folder(folder, name)
        parts.append(_built(folder, tmp_path / f"{name}.db", shares=True))
    with DebugBundle.merge(parts, tmp_path / "m.db") as bundle:
        assert bundle.verify().findings == ()
    assert len(_rows(tmp_path / "m.db", "SELECT sha256 FROM texts")) == 4


@pytest.mark.parametrize("packs", [False, True])
@pytest.mark.parametrize(("before", "asked"), [(False, False), (True, False), (False, True), (True, True)])
def test_append(tmp_path: Path, before: bool, asked: bool, packs: bool) -> None:
    """A bundle that shares text goes on to do so; another one does if it is asked for, also if nothing is new."""
    folder = _folder(tmp_path / "debug", "a")
    output = _built(folder, tmp_path / ("b.db.zst" if packs else "b.db"), shares=before)
    _folder(folder, "b")
    expected = _built(folder, tmp_path / "expected.db", shares=before)
    for _ in range(2):
        with (
            form_as_asked(),
            DebugBundle.from_directory(folder, output=output, append=True, share_text=asked) as bundle,
        ):
            assert bundle.shares_text is (before or asked)
            assert bundle.query(_FILES).fetchall() == _rows(expected)
            assert bundle.verify(against=folder).findings == ()


def test_nothing_new(tmp_path: Path) -> None:
    """A bundle with nothing new is written again to share its text, and only once."""
    folder = _folder(tmp_path / "debug", "a")
    output = _built(folder, tmp_path / "b.db", shares=False)
    numbers = []
    for _ in range(2):
        with form_as_asked(), DebugBundle.from_directory(folder, output=output, append=True, share_text=True) as bundle:
            assert bundle.shares_text
        numbers.append(output.stat().st_ino)
    assert numbers[0] == numbers[1]
