"""The progress that a build reports."""

from __future__ import annotations

import itertools

import pytest
from support.artifact_samples import write_files
from support.large_artifacts import log_lines, random_bytes, write_archive

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.planning import splitting, tasks
from wink_debug_bundle.pipeline.progress import Phase


@pytest.fixture(autouse=True)
def _many_tasks(monkeypatch):
    """Make small inputs go through workers in many small tasks."""
    monkeypatch.setattr(build, "POOL_BYTES", 0)
    monkeypatch.setattr(splitting, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(tasks, "GROUP_BYTES", 1 << 16)


@pytest.fixture
def debug(tmp_path):
    """Return a directory with logs and an archive."""
    folder = write_files(tmp_path / "debug", {"a.log": log_lines(3000), "b.log": log_lines(500), "c.txt": "x"})
    write_archive(folder / "d.zip", {f"{number}": random_bytes(20_000, number) for number in range(20)})
    return folder


def progress_of(debug, output, jobs):
    """Return all progress that a build reports."""
    reported = []
    DebugBundle.from_directory(debug, output=output, jobs=jobs, progress=reported.append).close()
    return reported


@pytest.mark.parametrize("jobs", [1, 2])
class TestCallback:
    """The progress callback, with and without workers."""

    def test_phases(self, debug, tmp_path, jobs):
        """The phases are finding, opening, reading, indexing and syncing, in this order; nothing is packed."""
        phases = [progress.phase for progress in progress_of(debug, tmp_path / "b.db", jobs)]
        assert [phase for phase, _ in itertools.groupby(phases)] == [
            Phase.FINDING,
            Phase.OPENING,
            Phase.READING,
            Phase.INDEXING,
            Phase.SYNCING,
        ]

    def test_each_phase_goes_on(self, debug, tmp_path, jobs):
        """Within a phase progress never decreases, never exceeds the total, and the total is constant."""
        reported = progress_of(debug, tmp_path / "b.db", jobs)
        for _, phase in itertools.groupby(reported, key=lambda progress: progress.phase):
            steps = list(phase)
            done = [progress.done for progress in steps]
            assert done == sorted(done)
            assert {progress.total for progress in steps} == {steps[0].total}
            assert 0 <= done[0] <= done[-1] == steps[0].total

    def test_totals(self, debug, tmp_path, jobs):
        """Reading counts the bytes of the artifacts, and syncing those of the bundle."""
        reported = progress_of(debug, tmp_path / "b.db", jobs)
        totals = {progress.phase: progress.total for progress in reported}
        assert totals[Phase.READING] == sum(path.stat().st_size for path in debug.iterdir())
        assert totals[Phase.SYNCING] == (tmp_path / "b.db").stat().st_size

    def test_entries_are_counted(self, debug, tmp_path, jobs):
        """Finding counts the entries of the directory, and opening the artifacts, before anything is written."""
        first = [Phase.FINDING, Phase.OPENING]
        before = [each for each in progress_of(debug, tmp_path / "b.db", jobs) if each.phase in first]
        count = len(list(debug.iterdir()))
        expected = [(phase, number, count, 0) for phase in first for number in range(1, count + 1)]
        assert [(each.phase, each.done, each.total, each.written) for each in before] == expected

    def test_reading_is_reported_in_steps(self, debug, tmp_path, jobs):
        """Reading advances with each transaction, while the bundle grows."""
        reported = progress_of(debug, tmp_path / "b.db", jobs)
        reading = [progress for progress in reported if progress.phase == Phase.READING]
        assert len({progress.done for progress in reading}) > 5
        assert reading[0].written < reading[-1].written

    def test_an_exception_ends_the_build(self, debug, tmp_path, jobs):
        """An exception of the callback ends the build, which leaves no file."""

        def fail(progress):
            raise RuntimeError("enough")

        with pytest.raises(RuntimeError, match="enough"):
            DebugBundle.from_directory(debug, output=tmp_path / "b.db", jobs=jobs, progress=fail)
        assert [path.name for path in tmp_path.iterdir()] == ["debug"]


def test_workers_change_nothing(debug, tmp_path):
    """The same steps are reported with workers as without."""
    one, two = (
        [(progress.phase, progress.done, progress.total) for progress in progress_of(debug, tmp_path / name, jobs)]
        for name, jobs in (("one.db", 1), ("two.db", 2))
    )
    assert [step for step in two if step[0] != Phase.SYNCING] == [step for step in one if step[0] != Phase.SYNCING]
