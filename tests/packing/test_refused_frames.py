"""Packed files that are damaged, too large, or no bundle: each has its message, and leaves no copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from support.command_runner import run
from support.packed_bundles import DAMAGES, compressed, copies_in, run_limited

from wink_debug_bundle import BundleError, DamagedBundleError, DebugBundle, InvalidBundleError
from wink_debug_bundle.artifacts import source
from wink_debug_bundle.packing import frame_reading

MEGABYTE = 1 << 20


def no_bundle(folder: Path) -> bytes:
    """Return the bytes of another program's database."""
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    return (folder / "other.db").read_bytes()


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged(packed_bundle: Path, tmp_path: Path, temporary: Path, name: str) -> None:
    """A damaged packed bundle is called one, with exit code 3."""
    path = tmp_path / "damaged.db.zst"
    path.write_bytes(DAMAGES[name](packed_bundle.read_bytes()))
    result = run("info", path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"Error: {path}: the packed bundle is damaged: ")
    assert result.stderr.count("\n") == 1
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda _: compressed(b"some text"), "is compressed with zstd, but holds no SQLite database"),
        (lambda _: compressed(b""), "is compressed with zstd, but holds no SQLite database"),
        (lambda _: compressed(b"", claims_size=False), "is compressed with zstd, but holds no SQLite database"),
        (lambda folder: compressed(no_bundle(folder)), "is a SQLite database, but not a debug bundle"),
    ],
    ids=["text", "nothing", "nothing, without a claim", "another database"],
)
def test_no_bundle_within(tmp_path: Path, temporary: Path, content: Callable[[Path], bytes], message: str) -> None:
    """A compressed file that holds no bundle is refused under its own name."""
    path = tmp_path / "x.db.zst"
    path.write_bytes(content(tmp_path))
    result = run("info", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {path}: {message}")
    assert list(temporary.iterdir()) == []


def test_a_damaged_bundle_within(run_bundle: Path, tmp_path: Path, temporary: Path) -> None:
    """A whole frame with a damaged bundle is damaged; the message has no name of the copy."""
    path = tmp_path / "x.db.zst"
    path.write_bytes(compressed(run_bundle.read_bytes()[:20_000]))
    result = run("info", path)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"Error: {path}: the bundle is damaged: ")
    assert str(temporary) not in result.stderr
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("claims_size", [True, False])
class TestLimits:
    """Sizes that are refused, whether the header claims one or not."""

    @pytest.fixture
    def bomb(self, run_bundle: Path, tmp_path: Path, claims_size: bool) -> Path:
        """Return a packed file of some kilobytes that would become 64 MiB, and begins like a bundle."""
        path = tmp_path / "bomb.db.zst"
        content = run_bundle.read_bytes()[:4096] + bytes(64 * MEGABYTE)
        path.write_bytes(compressed(content, claims_size=claims_size))
        return path

    def test_a_bomb(self, bomb: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file that becomes a thousand times as large is refused, with the way to unpack it all the same."""
        monkeypatch.setattr(frame_reading, "LEAST_UNPACKED", MEGABYTE)
        result = run("info", bomb)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "if you trust it, unpack it yourself and open the result: zstd -d --long=27" in result.stderr
        assert list(temporary.iterdir()) == []

    def test_an_allowed_one(self, bomb: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The caller of `open` can allow more; then it is what is within that counts."""
        monkeypatch.setattr(frame_reading, "LEAST_UNPACKED", MEGABYTE)
        with pytest.raises(InvalidBundleError, match="would become"):
            DebugBundle.open(bomb)
        with pytest.raises(DamagedBundleError, match="the bundle is damaged"):
            DebugBundle.open(bomb, max_expansion=20_000)
        assert list(temporary.iterdir()) == []

    def test_a_disk_with_less_room(self, bomb: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the disk has no room for is not begun, or ends; the folder and the variable are named."""
        real = frame_reading.shutil.disk_usage(temporary)
        monkeypatch.setattr(frame_reading.shutil, "disk_usage", lambda _: real._replace(free=MEGABYTE))
        with pytest.raises(BundleError, match=rf"{temporary} has no room to unpack it: .*TMPDIR") as caught:
            DebugBundle.open(bomb)
        assert not isinstance(caught.value, InvalidBundleError)
        assert list(temporary.iterdir()) == []


def test_what_may_come_out(run_bundle: Path, packed_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a packed bundle may come out as much as of a plain one of its size, or four times its database."""
    monkeypatch.setattr(source, "LEAST_LIMIT", 0)
    size, packed_size = run_bundle.stat().st_size, packed_bundle.stat().st_size
    with DebugBundle.open(run_bundle) as plain, DebugBundle.open(packed_bundle) as packed:
        assert [plain._limit(1), plain._limit(1000)] == [size, 1000 * size]
        assert [packed._limit(1), packed._limit(1000)] == [4 * size, 1000 * packed_size]


def test_a_full_disk(packed_bundle: Path, temporary: Path) -> None:
    """A disk that fills up meanwhile is named, with exit code 1, and nothing stays on it."""
    done = run_limited("info", packed_bundle)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{temporary} has no room to unpack it" in done.stderr
    assert list(temporary.iterdir()) == []


def test_a_large_window(run_bundle: Path, tmp_path: Path, temporary: Path) -> None:
    """A frame that needs more memory than a packed bundle may is refused."""
    parameters = zstandard.ZstdCompressionParameters(window_log=28, write_content_size=False)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = tmp_path / "x.db.zst"
    path.write_bytes(frame.compress(run_bundle.read_bytes()) + frame.flush())
    with pytest.raises(InvalidBundleError, match="needs 268,435,456 bytes of memory to be unpacked"):
        DebugBundle.open(path)
    assert list(temporary.iterdir()) == []


def test_no_folder(packed_bundle: Path, tmp_path: Path, temporary: Path) -> None:
    """A folder for temporary files that is gone is named."""
    DebugBundle.open(packed_bundle).close()  # Python remembers the folder from now on
    temporary.rmdir()
    with pytest.raises(BundleError, match=r"no folder for temporary files can be written to .*TMPDIR"):
        DebugBundle.open(packed_bundle)


def test_another_limit(packed_bundle: Path) -> None:
    """A limit of less than the file itself is a mistake of the caller."""
    with pytest.raises(ValueError, match="max_expansion must be at least 1"):
        DebugBundle.open(packed_bundle, max_expansion=0)


def test_without_a_checksum(run_bundle: Path, tmp_path: Path, temporary: Path) -> None:
    """A frame that another program made, without size and checksum, is opened; `verify` checks what is within."""
    path = tmp_path / "other.db"
    path.write_bytes(compressed(run_bundle.read_bytes(), claims_size=False, has_checksum=False))
    assert run("verify", path).exit_code == 0
    assert copies_in(temporary) == []
