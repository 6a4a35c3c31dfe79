"""A thread that does what it is given in its order, and what waits for it."""

from __future__ import annotations

import threading
import time

import pytest

from wink_debug_bundle.processes.bounded_thread import BoundedThread

PATIENCE = 30


def test_calls_are_done_in_their_order():
    """Calls are done one after the other, as they were given, and all of them by the end of the block."""
    done = []
    with BoundedThread("test", 100) as thread:
        for number in range(20):
            thread.submit(30, done.append, number)
    assert done == [*range(20)]


def test_a_result_and_an_error():
    """The one who waits for a call gets its result or its error; later calls are done all the same."""
    with BoundedThread("test", 10) as thread:
        failing = thread.submit(10, int, "no number")
        following = thread.submit(10, int, "7")
        assert following.result(PATIENCE) == 7
        with pytest.raises(ValueError, match="no number"):
            failing.result(PATIENCE)


def test_waiting_for_what_is_not_done():
    """A call that would need too much together with others is given only when these are done."""
    with BoundedThread("test", 100) as thread:
        gate = threading.Event()
        first = thread.submit(60, gate.wait, PATIENCE)
        second = thread.submit(40, gate.wait, PATIENCE)
        threading.Timer(0.2, gate.set).start()
        started = time.monotonic()
        thread.submit(0, gate.wait, PATIENCE)
        assert not first.done()
        thread.submit(70, gate.wait, PATIENCE)
        assert first.done()
        assert gate.is_set()
        assert time.monotonic() - started >= 0.15
    assert second.done()


def test_a_call_larger_than_all():
    """A call that needs more than the limit waits for all others, and is done then."""
    with BoundedThread("test", 100) as thread:
        first = thread.submit(100, time.sleep, 0.05)
        large = thread.submit(1000, first.done)
        assert large.result(PATIENCE)
        assert first.done()
