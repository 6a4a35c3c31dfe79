"""Clusters of Dask and Ray, with real processes on this machine, write the files that one process writes."""

from __future__ import annotations

import os
import signal
from concurrent.futures import wait

import pytest
from support.command_runner import run, run_process
from support.dataset_files import EVALUATION, SMALL_SHARDS, build_here, hashes

from wink_debug_bundle import BundleError, Dataset
from wink_debug_bundle.dataset.executors.executor_choice import chosen_executor

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

pytestmark = pytest.mark.filterwarnings("default")  # those of the engines are not ours


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Return the hash of each file of the dataset that one process builds."""
    output = tmp_path_factory.mktemp("expected") / "dataset"
    build_here(EVALUATION, output)
    return hashes(output)


@pytest.fixture(scope="module")
def dask_cluster():
    """Yield a Dask cluster of two processes."""
    distributed = pytest.importorskip("distributed", reason="tox run -e engines installs Dask")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def ray_executor():
    """Yield an executor of a Ray cluster of two processors."""
    ray = pytest.importorskip("ray", reason="tox run -e engines installs Ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    with chosen_executor("ray:") as executor:
        yield executor
    ray.shutdown()


def test_dask(dask_cluster, expected, tmp_path):
    """A build on a Dask cluster, named by its address, writes the same bytes."""
    done = run_process(
        *("dataset", "build", EVALUATION, tmp_path / "out"),
        *("--executor", f"dask:{dask_cluster.scheduler_address}", "--shard-size", str(SMALL_SHARDS / 2**20)),
    )
    assert done.returncode == 0, done.stderr
    assert hashes(tmp_path / "out") == expected


def test_dask_worker_dies(dask_cluster, expected, tmp_path):
    """A worker that is killed fails no shard: Dask tries its tasks again."""
    distributed = pytest.importorskip("distributed")
    with distributed.Client(dask_cluster, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
        executor = client.get_executor(pure=False, retries=3)
        killing = executor.submit(os.kill, victim, signal.SIGKILL)
        done = Dataset.build(EVALUATION, tmp_path / "out", executor=executor, shard_bytes=SMALL_SHARDS)
        killing.cancel()
    assert done.failures == ()
    assert hashes(tmp_path / "out") == expected


def test_ray(ray_executor, expected, tmp_path):
    """A build on a Ray cluster writes the same bytes."""
    done = Dataset.build(EVALUATION, tmp_path / "out", executor=ray_executor, shard_bytes=SMALL_SHARDS)
    assert done.failures == ()
    assert hashes(tmp_path / "out") == expected


def test_ray_errors(ray_executor):
    """What a task raises on a Ray cluster is raised by its future."""
    future = ray_executor.submit(int, "no number")
    wait([future])
    assert "no number" in str(future.exception())


@pytest.mark.parametrize("choice", ["", "dask", "spark:x", "local:x"])
def test_unknown_executors(choice, tmp_path):
    """A text that names no executor is refused, with those that there are."""
    done = run("dataset", "build", EVALUATION, tmp_path, "--executor", choice)
    assert (done.exit_code, "local, dask:ADDRESS or ray:ADDRESS" in done.output) == (2, True)


def test_no_scheduler():
    """An address at which no scheduler answers is an error."""
    dask = pytest.importorskip("dask", reason="tox run -e engines installs Dask")
    pytest.importorskip("distributed", reason="tox run -e engines installs Dask")
    timeout = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    with timeout, pytest.raises(BundleError, match="cannot be reached"), chosen_executor("dask:tcp://127.0.0.1:1"):
        pass
