"""The number of jobs does not change the bundle."""

from __future__ import annotations

import gzip
import itertools
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard
from support.artifact_samples import column, rows, write_files
from support.bundle_comparison import check_problem_places, table_rows, tables_that_differ
from support.case_selection import mostly_slow
from support.large_artifacts import log_lines, random_bytes, write_archive, write_log, write_mixed_directory

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.database.shared_text import ENTRIES, FILES
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.loading import pool
from wink_debug_bundle.pipeline.planning import splitting, tasks


@pytest.fixture(scope="module")
def mix(tmp_path_factory):
    """Return artifacts of every kind, some of them damaged."""
    return write_mixed_directory(tmp_path_factory.mktemp("mix") / "debug")


@contextmanager
def many_tasks():
    """Make small inputs go through workers in many small tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "POOL_BYTES", 0)
        patch.setattr(splitting, "BLOCK_BYTES", 1 << 16)
        patch.setattr(tasks, "GROUP_BYTES", 1 << 16)
        yield


@pytest.fixture(scope="module")
def one_process_bundle(mix, tmp_path_factory):
    """Return the bundle that this process makes of the artifacts."""
    return create_in_many_tasks(mix, tmp_path_factory.mktemp("alone") / "b.db", 1)


def create(folder: Path, output: Path, jobs: int) -> Path:
    """Build a bundle with the number of jobs."""
    with DebugBundle.from_directory(folder, output=output, recursive=True, jobs=jobs):
        return output


def create_in_many_tasks(folder: Path, output: Path, jobs: int) -> Path:
    """Build a bundle of small artifacts with the number of jobs."""
    with many_tasks():
        return create(folder, output, jobs)


class TestMix:
    """A directory with artifacts of every kind."""

    @pytest.mark.parametrize("jobs", mostly_slow([2, 3, 5], [2, 5]))
    def test_rows_and_ids(self, mix, one_process_bundle, tmp_path, jobs):
        """All rows of all tables have the same ids and values, whatever the number of jobs and tasks."""
        expected, found = table_rows(one_process_bundle), table_rows(create_in_many_tasks(mix, tmp_path / "b.db", jobs))
        assert [table for table in expected if found[table] != expected[table]] == []
        assert expected.keys() == found.keys()

    def test_the_mix_fills_the_tables(self, one_process_bundle):
        """The compared bundle has rows in the tables of logs, snapshots and archives."""
        filled = {table for table, content in table_rows(one_process_bundle).items() if content}
        assert filled >= {"sessions", "logs", "snapshots", "slice_items", "tool_invocations", "artifacts"}
        assert filled & {FILES, ENTRIES}
        assert filled >= {"ledger", "problems", "raw_records", "blobs", "blob_chunks", "bundle_meta"}

    @pytest.mark.parametrize("jobs", [1, 3])
    def test_lines_and_offsets(self, mix, tmp_path, jobs):
        """A malformed line has its real line and offset in every split, also in a compressed file."""
        output = create_in_many_tasks(mix, tmp_path / "b.db", jobs)
        assert check_problem_places(output, mix) == 10 + 10 + 1 + 1 + 1 + 1

    def test_shared_bytes_are_stored_once(self, mix, tmp_path):
        """Bytes in several archives are one blob, even if different workers read them."""
        output = create_in_many_tasks(mix, tmp_path / "b.db", 3)
        copies = rows(output, "SELECT sha256, count(*) FROM files WHERE content IS NULL GROUP BY sha256")
        assert sorted(count for _, count in copies) == [2] * 10
        kept = "SELECT sha256 FROM files WHERE content IS NULL UNION SELECT blob_sha256 FROM problems UNION SELECT blob_sha256 FROM zip_parts"
        assert set(column(output, "SELECT sha256 FROM blobs")) == set(column(output, kept)) - {None}
        assert column(output, "SELECT sum(chunk_count) FROM blobs") == column(
            output, "SELECT count(*) FROM blob_chunks"
        )


class TestCompressed:
    """Compressed logs larger than a chunk."""

    TEXT = b"".join(
        log_lines(1, start=number, text=random_bytes(400, number).hex()) + b"{broken %d\n" % number
        for number in range(2000)
    )

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
    @pytest.mark.parametrize("lost", [0, 300_000])
    def test_shared(self, tmp_path, pack, lost):
        """Several workers read one compressed log, complete or cut off, with the same result as one process."""
        compressed = pack(self.TEXT)
        folder = write_files(tmp_path / "debug", {"a.log.gz": compressed[: len(compressed) - lost]})
        one_process_bundle = create_in_many_tasks(folder, tmp_path / "1.db", 1)
        assert tables_that_differ(one_process_bundle, create_in_many_tasks(folder, tmp_path / "3.db", 3)) == []
        assert column(one_process_bundle, "SELECT count(*) FROM problems WHERE kind = 'unreadable'") == [
            1 if lost else 0
        ]
        records = column(one_process_bundle, "SELECT count(*) FROM logs")[0]
        assert (records == 2000) if not lost else (1000 < records < 2000)

    def test_same_as_uncompressed(self, tmp_path):
        """A compressed log gives the same rows as the uncompressed log."""
        plain = write_files(tmp_path / "plain", {"a.log": self.TEXT})
        compressed = write_files(tmp_path / "packed", {"a.log": gzip.compress(self.TEXT)})
        one = table_rows(create_in_many_tasks(plain, tmp_path / "plain.db", 1))
        two = table_rows(create_in_many_tasks(compressed, tmp_path / "packed.db", 2))
        assert one["logs"] == two["logs"]
        assert one["problems"] == two["problems"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return logs of 58 MiB with a malformed line in every MiB, and an archive with members of 10 MiB."""
    folder = tmp_path_factory.mktemp("real")
    block = log_lines(5000)
    with (folder / "a.log").open("wb") as stream:
        for number in itertools.count():
            stream.write(block + b"{broken %d\n" % number)
            if stream.tell() > 50 << 20:
                break
    write_log(folder / "b.log", 8)
    large = random_bytes(10 << 20, 1)
    write_archive(folder / "c.zip", {"one.bin": large, "two.bin": large[:-1], "three.bin": large})
    return folder


class TestRealSize:
    """Inputs large enough for workers without changed limits."""

    @pytest.mark.slow
    def test_rows_and_ids(self, large, tmp_path):
        """Two workers give the same bundle as one process, for a large log and large members."""
        two = create(large, tmp_path / "two.db", 2)
        assert tables_that_differ(two, create(large, tmp_path / "one.db", 1)) == []
        assert check_problem_places(two, large) > 30
        assert column(two, "SELECT count(DISTINCT sha256) FROM blobs WHERE size_bytes > 1000") == [2]


class TestThreshold:
    """The size from which workers are used."""

    @pytest.mark.parametrize(("missing", "jobs", "workers"), [(1, 2, 0), (0, 1, 0), (0, 2, 2)])
    def test_workers(self, tmp_path, monkeypatch, missing, jobs, workers):
        """Workers start for 32 MiB of artifacts and more, unless one job is wanted."""
        started = []

        class Counted(pool.Worker):
            def __init__(self, partial):
                started.append(partial)
                super().__init__(partial)

        monkeypatch.setattr(pool, "Worker", Counted)
        folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
        with (folder / "zeros").open("wb") as stream:
            stream.truncate((32 << 20) - len(log_lines(10)) - missing)
        create(folder, tmp_path / "b.db", jobs)
        assert len(started) == workers
