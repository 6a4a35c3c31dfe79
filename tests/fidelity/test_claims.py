"""What a bundle claims is held against what is there: no claim makes verify or extract run on, or fill a disk."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import closing

import pytest
import zstandard
from support.artifact_samples import archive, lines, log_record
from support.command_runner import run
from support.file_tables import on_files

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.artifacts import source

SECONDS = 20
"""More than any of these takes, and less than work in proportion to a claim would."""

MIB = 1 << 20


def edited(path, *statements):
    """Run the statements on the bundle, each with its parameters."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement, *parameters in statements:
            connection.execute(on_files(connection, statement), parameters)
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET last = 9e18, length = 9e18",
        f"UPDATE ledger SET last = {2**63 - 1}, length = {2**63 - 1}",
        f"UPDATE ledger SET last = {10**17}, length = {10**17}",
        f"UPDATE ledger SET first = {-(10**17)}",
        f"UPDATE ledger SET status = 'blank', last = {10**17}",
        f"UPDATE artifacts SET size_bytes = {10**17}, record_count = {10**17}",
        f"UPDATE blobs SET chunk_count = {10**17}, size_bytes = {10**17}",
        f"UPDATE zip_parts SET length = {10**17}",
        f"UPDATE files SET size_bytes = {10**17}, member = {10**17}",
    ],
)
def test_claims(build, tmp_path, statement):
    """A claimed number that is far too large is found in time."""
    path = build({"a.log": lines(*[log_record()] * 3), "a.zip": archive({"x.txt": "x", "y.bin": b"\xff" * 2 * MIB})})
    edited(path, [statement])
    started = time.process_time()
    with DebugBundle.open(path) as bundle:
        assert not bundle.verify().is_sound
        bundle.extract(tmp_path / "restored")
    assert time.process_time() - started < SECONDS


class TestExpansion:
    """Chunks that decompress to far more than the bundle's size."""

    @pytest.fixture(autouse=True)
    def _low_limit(self, monkeypatch):
        """Lower the size that may always come out of a bundle, so that the sample need not be large."""
        monkeypatch.setattr(source, "LEAST_LIMIT", 64 * MIB)

    @pytest.fixture
    def bundle(self, build):
        """Return a small bundle with a blob of 128 MiB of zeros."""
        path = build({"a.log": lines(log_record()), "a.zip": archive({"y.bin": b"\xff" * 2 * MIB})})
        frame, count, digest = zstandard.compress(bytes(MIB)), 128, hashlib.sha256()
        for _ in range(count):
            digest.update(bytes(MIB))
        key = digest.hexdigest()
        chunk = "INSERT INTO blob_chunks VALUES (?, ?, ?)"
        return edited(
            path,
            ["INSERT INTO blobs VALUES (?, ?, ?)", key, count * MIB, count],
            *([chunk, key, number, frame] for number in range(count)),
            ["UPDATE files SET sha256 = ?, size_bytes = ?", key, count * MIB],
        )

    def test_refused(self, bundle, tmp_path):
        """The commands stop at the limit, and name the option."""
        with DebugBundle.open(bundle) as opened:
            texts = [finding.text for finding in opened.verify().findings]
            assert any("--max-expansion" in text for text in texts)
            extraction = opened.extract(tmp_path / "restored")
        assert any("--max-expansion" in finding.text for finding in extraction.findings)
        assert sum(path.stat().st_size for path in (tmp_path / "restored").iterdir()) < 75 * MIB
        result = run("cat", bundle, "y.bin")
        assert result.exit_code == 1
        assert "--max-expansion" in result.output

    def test_raised(self, bundle):
        """A higher limit lets the whole content out."""
        with DebugBundle.open(bundle) as opened, opened.read_file("y.bin", max_expansion=100_000) as stream:
            assert sum(len(chunk) for chunk in iter(lambda: stream.read(MIB), b"")) == 128 * MIB

    def test_larger_frame(self, bundle):
        """A chunk that holds more than its share is refused before it is decompressed."""
        edited(bundle, ["UPDATE blob_chunks SET data = ? WHERE seq = 0", zstandard.compress(bytes(2 * MIB))])
        with DebugBundle.open(bundle) as opened, pytest.raises(BundleError, match="missing or damaged"):
            opened.read_file("y.bin").read()
