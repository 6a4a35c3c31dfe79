"""Members whose bytes were not read have rows too, and everything says why their bytes are not there."""

from __future__ import annotations

import pytest
from support.artifact_samples import archive, column, rows
from support.command_runner import run

FILES = "SELECT path, size_bytes, content, sha256 FROM files ORDER BY member"


def damaged(members, name):
    """Return a zip of stored `members`, the bytes of one changed."""
    data = archive(members)
    begin = data.index(name.encode()) + len(name)
    return data[:begin] + bytes(byte ^ 1 for byte in data[begin : begin + 4]) + data[begin + 4 :]


@pytest.fixture
def bundle(build):
    """Return the bundle of an archive with a member that is damaged."""
    return build({"a.zip": damaged({"good.txt": b"fine", "bad.txt": b"these bytes are damaged"}, "bad.txt")})


def test_row(bundle):
    """A damaged member has the size that the directory claims, no content and no hash, and is not counted as a record."""
    assert [row[:3] for row in rows(bundle, FILES)] == [("good.txt", 4, "fine"), ("bad.txt", 23, None)]
    assert column(bundle, "SELECT path FROM files WHERE sha256 IS NULL") == ["bad.txt"]
    assert column(bundle, "SELECT record_count FROM artifacts") == [1]


def test_cat(bundle):
    """`cat` says why the bytes are not there."""
    result = run("cat", bundle, "bad.txt")
    assert result.exit_code == 1
    (error,) = column(bundle, "SELECT error FROM problems")
    assert f"bad.txt: it could not be read when the bundle was built: {error}" in result.output


def test_verified(bundle, tmp_path):
    """The bundle verifies, against its source too."""
    assert run("verify", bundle).exit_code == 0
    result = run("verify", bundle, "--against", tmp_path / "debug")
    assert result.exit_code == 0, result.output


def test_over_the_limit(build, monkeypatch):
    """A member that would decompress to more than is allowed has a row of the claimed size."""
    for module in ("artifacts.source", "pipeline.planning.plan"):
        monkeypatch.setattr(f"wink_debug_bundle.{module}.limit_of", lambda size, expansion: 1000)
    path = build({"a.zip": archive({"a.txt": b"small", "b.txt": b"x" * 5000})})
    assert rows(path, "SELECT path, size_bytes, sha256 IS NULL FROM files") == [("a.txt", 5, 0), ("b.txt", 5000, 1)]
    assert run("verify", path).exit_code == 0
