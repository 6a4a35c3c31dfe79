"""A build shows its progress on stderr as a bar, as a few lines, or not at all."""

from __future__ import annotations

import io
import os
import re
import subprocess
import termios

import pytest
from support.artifact_samples import write_files
from support.command_runner import command_line, run_process
from support.guarded_process import GuardedProcess
from support.large_artifacts import log_lines, write_log

from wink_debug_bundle.cli.output.progress_display import PLAIN_INTERVAL, Display, _PlainLines
from wink_debug_bundle.pipeline.progress import Phase, Progress


class Terminal(io.StringIO):
    """A stream that reports to be a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that only moves when a test sets it."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def debug(tmp_path):
    """Return a directory with a small log."""
    return write_files(tmp_path / "debug", {"a.log": log_lines(100)})


def create(debug, *options):
    """Build in a new process and return its stderr and the first line of its summary."""
    done = run_process("create", debug, "--force", *options)
    assert done.returncode == 0
    return done.stderr, done.stdout


class TestCommand:
    """`create` with --progress and a pipe as stderr."""

    @pytest.mark.parametrize("options", [[], ["--progress", "auto"], ["--progress", "plain"], ["--progress", "none"]])
    def test_a_short_build_says_nothing(self, debug, options):
        """On a pipe, a build shorter than the interval shows no progress."""
        stderr, stdout = create(debug, *options)
        assert stderr == b""
        assert b"Bundle: " in stdout

    def test_quiet(self, debug):
        """--quiet shows no progress, whatever --progress says."""
        assert create(debug, "--quiet", "--progress", "bar") == (b"", b"")

    def test_a_bar_is_one_line(self, debug):
        """A bar stays on one line of stderr, which is blank at the end; stdout has only the summary."""
        stderr, stdout = create(debug, "--progress", "bar")
        assert re.search(rb"\rreading: +100%[^\r]* written\]", stderr)
        assert b"\n" not in stderr
        assert stderr.rpartition(b"\r")[0].rpartition(b"\r")[2].strip() == b""
        assert b"\r" not in stdout
        assert b"Bundle: " in stdout

    def test_a_bar_for_each_phase(self, debug):
        """Reading, indexing and syncing are shown in this order, each up to its end."""
        stderr, _ = create(debug, "--progress", "bar")
        shown = re.findall(rb"\r(\w+): +(\d+)%", stderr)
        assert list(dict.fromkeys(phase for phase, _ in shown)) == [b"reading", b"indexing", b"syncing"]
        assert {phase for phase, percent in shown if percent == b"100"} == {b"reading", b"indexing", b"syncing"}

    def test_a_terminal_gets_a_bar(self, debug):
        """On a terminal the progress is a bar by default."""
        leader, follower = os.openpty()
        termios.tcsetwinsize(follower, (24, 80))
        with GuardedProcess(command_line("create", debug), stdout=subprocess.DEVNULL, stderr=follower) as running:
            os.close(follower)
            printed = read_to_end(leader)
            assert running.wait(timeout=30) == 0
        assert b"\rreading: " in printed

    def test_with_workers(self, tmp_path):
        """Workers add nothing to the progress line."""
        folder = write_files(tmp_path / "debug", {})
        write_log(folder / "a.log", 33)
        stderr, _ = create(folder, "--progress", "bar", "--jobs", "2")
        assert b"\n" not in stderr
        assert set(re.findall(rb"\r(\w+):", stderr)) == {b"reading", b"indexing", b"syncing"}

    def test_another_mode(self, debug):
        """An unknown mode is wrong usage."""
        done = run_process("create", debug, "--progress", "loud")
        assert (done.returncode, done.stdout) == (2, b"")

    def test_an_error_follows_a_clean_line(self, tmp_path):
        """A refused build leaves only its message on stderr."""
        done = run_process("create", write_files(tmp_path / "debug", {"a.txt": "x"}), "--progress", "bar")
        assert done.returncode == 1
        assert done.stderr.startswith(b"Error: No artifacts found")


def read_to_end(descriptor):
    """Return everything that can be read until the other side is closed."""
    found = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # Linux raises it when the other side is closed
            piece = b""
        if not piece:
            os.close(descriptor)
            return found
        found += piece


class TestPlain:
    """Lines at intervals, for logs of continuous integration."""

    @pytest.fixture
    def clock(self):
        """Return a clock that tests set."""
        return Clock()

    @pytest.fixture
    def stream(self):
        """Return the stream that lines are written to."""
        return io.StringIO()

    def test_the_interval(self, stream, clock):
        """A line is written when the interval has passed, and not earlier, however often progress is reported."""
        plain = _PlainLines(stream, clock)
        for tenth in range(1, 10 * int(2.5 * PLAIN_INTERVAL)):
            clock.seconds = 100 + tenth / 10
            plain.show(Progress(Phase.READING, tenth, 1000, 0))
        assert stream.getvalue().count("\n") == 2

    def test_reading(self, stream, clock):
        """A line shows how much is read and written, and the time taken."""
        plain = _PlainLines(stream, clock)
        clock.seconds += 12.4
        plain.show(Progress(Phase.READING, 1_500_000, 6_000_000, 2_100_000))
        assert stream.getvalue() == "reading: 1.5 MB of 6.0 MB (25 %), 2.1 MB written, 12 s\n"

    def test_sessions_first(self, stream, clock):
        """While sessions inside zips are read, which come first, no percentage is shown."""
        plain = _PlainLines(stream, clock)
        clock.seconds += 12.4
        plain.show(Progress(Phase.READING, 0, 6_000_000, 2_100_000))
        assert stream.getvalue() == "reading: sessions first, then all 6.0 MB, 2.1 MB written, 12 s\n"

    @pytest.mark.parametrize(("phase", "items"), [(Phase.FINDING, "entries"), (Phase.OPENING, "artifacts")])
    def test_before_the_bundle(self, stream, clock, phase, items):
        """Before the bundle is begun, entries and artifacts are counted, and nothing is written."""
        plain = _PlainLines(stream, clock)
        clock.seconds += 60
        plain.show(Progress(phase, 5000, 20000, 0))
        assert stream.getvalue() == f"{phase}: 5,000 of 20,000 {items} (25 %), 60 s\n"

    def test_indexing(self, stream, clock):
        """Indexing is counted in rows."""
        plain = _PlainLines(stream, clock)
        clock.seconds += 60
        plain.show(Progress(Phase.INDEXING, 1000, 3000, 500))
        assert stream.getvalue() == "indexing: 1,000 of 3,000 rows (33 %), 500 bytes written, 60 s\n"

    def test_a_phase_without_work(self, stream, clock):
        """A phase without work does not divide by zero."""
        plain = _PlainLines(stream, clock)
        clock.seconds += 60
        plain.show(Progress(Phase.INDEXING, 0, 0, 0))
        assert stream.getvalue().startswith("indexing: 0 of 0 rows (0 %)")


class TestModes:
    """The choice of a display."""

    @pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
    def test_none(self, stream):
        """Without a display there is no progress callback, so that building costs nothing for it."""
        assert Display("none", stream).callback is None

    def test_auto(self):
        """A terminal gets a bar at once; another stream gets lines, the first one after an interval."""
        for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
            display = Display("auto", stream)
            assert display.callback is not None
            display.callback(Progress(Phase.READING, 1, 2, 0))
            display.close()
            assert ("reading" in stream.getvalue()) == shown
