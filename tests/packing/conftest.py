"""A packed bundle, and a folder for temporary files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from wink_debug_bundle import DebugBundle


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for temporary files, of this process and of those that it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture(scope="session")
def packed_bundle(run_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the packed bundle of one debug directory, only to be read."""
    with DebugBundle.open(run_bundle) as bundle:
        return bundle.pack(tmp_path_factory.mktemp("packed") / "run.db.zst").path
