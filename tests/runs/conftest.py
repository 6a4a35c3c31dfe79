"""The zip of a real run, its members, and a fixture that builds bundles of changed ones."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from support.artifact_samples import archive
from support.run_zip_sample import RUN_ZIP, RUN_ZIP_NAME, Members

from wink_debug_bundle import DebugBundle


@pytest.fixture(scope="module")
def members() -> Members:
    """Return the members of a real run zip."""
    with zipfile.ZipFile(RUN_ZIP) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


@pytest.fixture
def build_run(tmp_path):
    """Return a function that builds a bundle of one zip, given as members or bytes, and returns its path."""

    def build(content: Members | list[tuple[str, bytes]] | bytes, name: str = RUN_ZIP_NAME) -> Path:
        folder = tmp_path / "target"
        folder.mkdir()
        data = content if isinstance(content, bytes) else archive(content)
        (folder / name).write_bytes(data)
        output = tmp_path / "b.db"
        DebugBundle.from_directory(folder, output=output, recursive=True).close()
        return output

    return build
