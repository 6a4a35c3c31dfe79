"""As many workers as this process may use processors, up to what pays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wink_debug_bundle
from wink_debug_bundle.pipeline import cpu_count
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.cpu_count import MOST_USEFUL, default_jobs


@pytest.fixture
def many(monkeypatch):
    """A machine with more processors than are useful."""
    monkeypatch.setattr(cpu_count, "_affinity", lambda: 64)


@pytest.mark.usefixtures("many")
class TestContainer:
    """The limit of a container."""

    @pytest.mark.parametrize(
        ("limit", "jobs"),
        [
            ("100000 100000\n", 1),
            ("150000 100000\n", 2),
            ("200000 100000", 2),
            ("400000 100000\n", 4),
            ("50000 100000\n", 1),
            ("1 1000000\n", 1),
            ("6400000 100000\n", MOST_USEFUL),
            ("max 100000\n", MOST_USEFUL),
            ("", MOST_USEFUL),
            ("200000\n", MOST_USEFUL),
            ("200000 0\n", MOST_USEFUL),
            ("-1 100000\n", 1),
            ("zwei é\n", MOST_USEFUL),
        ],
    )
    def test_quota(self, tmp_path, limit, jobs):
        """The quota is rounded up to whole processors; what says nothing is no limit."""
        file = tmp_path / "cpu.max"
        file.write_text(limit, encoding="utf-8")
        assert default_jobs(file) == jobs

    def test_no_file(self, tmp_path):
        """Where no limit can be read, there is none."""
        assert default_jobs(tmp_path / "absent") == MOST_USEFUL
        assert default_jobs(tmp_path) == MOST_USEFUL


class TestAffinity:
    """The processors that a process may run on."""

    @pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs sched_setaffinity")
    def test_one_of_them(self, tmp_path):
        """A process that is bound to one processor uses one."""
        code = (
            "import os; from pathlib import Path; from wink_debug_bundle.pipeline.cpu_count import default_jobs\n"
            "first = default_jobs(Path('/absent'))\n"
            "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
            "print(first, default_jobs(Path('/absent')))\n"
        )
        source = str(Path(wink_debug_bundle.__file__).parent.parent)
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": source},
            check=True,
        )
        assert done.stdout.split() == [str(min(len(os.sched_getaffinity(0)), MOST_USEFUL)), "1"]

    def test_the_smaller_one_counts(self, tmp_path, monkeypatch):
        """Of affinity and quota, the smaller one is the limit."""
        (tmp_path / "cpu.max").write_text("300000 100000")
        monkeypatch.setattr(cpu_count, "_affinity", lambda: 2)
        assert default_jobs(tmp_path / "cpu.max") == 2
        monkeypatch.setattr(cpu_count, "_affinity", lambda: 5)
        assert default_jobs(tmp_path / "cpu.max") == 3


class TestJobs:
    """What may be asked for."""

    @pytest.mark.parametrize("jobs", [0, -1])
    def test_none(self, jobs):
        """Less than one job is refused."""
        with pytest.raises(ValueError, match=f"jobs must be 1 or more, not {jobs}"):
            BuildOptions(jobs=jobs)
