"""Builds that are killed at random points: the output is the old file, nothing, or the complete new bundle."""

from __future__ import annotations

import os
import signal
import time

import pytest
from support.interrupted_builds import (
    FAULT_POINTS,
    OLD_OUTPUT,
    assert_next_build_cleans_up,
    assert_no_leftovers,
    output_state,
    partial_of,
    prepare_job,
    random_for,
    start_build,
    wait_for_end,
    workers_of,
)
from support.process_table import needs_linux, wait_until

pytestmark = needs_linux


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Return the artifacts and their expected bundle."""
    return prepare_job(tmp_path_factory.mktemp("kills"))


@pytest.fixture(scope="module")
def build_seconds(job, tmp_path_factory):
    """Return how many seconds a build takes after its temporary file exists."""
    output = tmp_path_factory.mktemp("undisturbed") / "b.db"
    with start_build(job.folder, output) as running:
        wait_until(lambda: partial_of(output))
        began = time.monotonic()
        wait_for_end(running, output)
    return time.monotonic() - began


def wait(luck, running, output, build_seconds):
    """Wait until a random moment of the build: in one of ten cases during its start, else while its file exists."""
    if luck.random() < 0.1:
        time.sleep(luck.random() * 0.5)
        return
    wait_until(lambda: partial_of(output) or running.poll() is not None)
    time.sleep(luck.random() * 1.15 * build_seconds)


@pytest.fixture
def output(tmp_path):
    """Return the path of the output."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "b.db"


@pytest.mark.parametrize("point", range(FAULT_POINTS))
def test_killed(job, build_seconds, output, point, record_property):
    """After `kill -9` of the builder, a worker or all of them, no incomplete bundle is at the output."""
    luck = random_for("kill", point)
    old = luck.random() < 0.5
    if old:
        output.write_bytes(OLD_OUTPUT)
    victim = luck.choice(["builder", "worker", "all"])
    with start_build(job.folder, output) as running:
        wait(luck, running, output, build_seconds)
        workers = workers_of(running)
        if victim == "worker" and workers:
            os.kill(luck.choice(workers), signal.SIGKILL)
        elif running.poll() is None:
            running.kill()
            for worker in workers if victim == "all" else ():
                os.kill(worker, signal.SIGKILL)
        code, stderr = wait_for_end(running, output)
    held = output_state(job, output, old=old)
    record_property("fault", f"{victim}: {held}")
    assert (code, stderr) in {(-signal.SIGKILL, ""), (0, "")}
    assert code != 0 or held == "new"
    assert_next_build_cleans_up(output)
    if point % 10 == 0:
        with start_build(job.folder, output) as again:
            assert wait_for_end(again, output) == (0, "")
        assert output_state(job, output, old=False) == "new"
        assert_no_leftovers(output)


@pytest.mark.parametrize("point", range(max(FAULT_POINTS // 4, 2)))
def test_interrupted(job, build_seconds, output, point, record_property):
    """After Ctrl-C or SIGTERM at any moment a build prints one line and leaves no files."""
    luck = random_for("signal", point)
    old = luck.random() < 0.5
    if old:
        output.write_bytes(OLD_OUTPUT)
    number = luck.choice([signal.SIGINT, signal.SIGTERM])
    with start_build(job.folder, output) as running:
        wait_until(
            lambda: partial_of(output) or running.poll() is not None
        )  # earlier, Python itself may still be starting
        time.sleep(luck.random() * 1.15 * build_seconds)
        if running.poll() is None:
            (os.kill if luck.random() < 0.5 else os.killpg)(running.pid, number)
        code, stderr = wait_for_end(running, output)
    held = output_state(job, output, old=old)
    record_property("fault", f"{number.name}: {held}")
    assert (code, stderr) in {(128 + number, "Interrupted\n"), (0, ""), (-number, "")}
    assert code > 0 or held == "new"  # a signal after the end of the build kills Python itself
    assert_no_leftovers(output)
