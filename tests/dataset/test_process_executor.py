"""Tasks in processes of their own: what they return, raise, and what happens when they die."""

from __future__ import annotations

import os
import signal
import sys
import time
from operator import truediv

import pytest

from wink_debug_bundle import BundleBuildError
from wink_debug_bundle.dataset.executors.process_executor import ProcessExecutor


@pytest.fixture
def executor():
    """Return an executor that is stopped after the test."""
    made = ProcessExecutor(2)
    yield made
    made.shutdown(cancel_futures=True)


def test_results(executor):
    """Each task runs in a process of its own, and the futures have the results in the order of the tasks."""
    assert list(executor.map(truediv, [6, 8], [3, 2])) == [2.0, 4.0]
    first, second = executor.submit(os.getpid), executor.submit(os.getpid)
    assert len({first.result(), second.result(), os.getpid()}) == 3


def test_errors(executor):
    """What a task raises is raised by its future."""
    with pytest.raises(ZeroDivisionError):
        executor.submit(truediv, 1, 0).result()


def test_death(executor):
    """A process that is killed fails its own task alone."""
    dying = executor.submit(signal.raise_signal, signal.SIGKILL)
    other = executor.submit(truediv, 4, 2)
    with pytest.raises(BundleBuildError, match="its process ended with signal SIGKILL"):
        dying.result()
    assert other.result() == 2.0


def test_exit(executor):
    """A process that ends by itself fails its task."""
    with pytest.raises(BundleBuildError, match="its process ended with exit code"):
        executor.submit(sys.exit, 7).result()


def test_libraries(executor):
    """Arrow works in a process of a task, without the libraries that it would import for arrays of theirs."""
    pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
    assert executor.submit(eval, "__import__('pyarrow').array([1, None]).to_pylist()").result() == [1, None]
    imported = "__import__('pyarrow').array([1]) and {n for n, m in __import__('sys').modules.items() if m}"
    assert not executor.submit(eval, imported).result() & {"numpy", "pandas"}


def test_printed_text(executor):
    """What a task prints does not get into its result."""
    assert executor.submit(print, "noise").result() is None


def test_stopping():
    """An executor that is stopped does not wait for its tasks."""
    executor = ProcessExecutor(1)
    sleeping = executor.submit(time.sleep, 600)
    while not executor._running:
        time.sleep(0.01)
    executor.shutdown(cancel_futures=True)
    assert isinstance(sleeping.exception(), BundleBuildError)
