"""The order of steps: by time, with what a call started within the call."""

from __future__ import annotations

from wink_debug_bundle.explore.story.step_order import Place, SessionPlace, in_order


def place(kind, number, session, second, ended=None):
    """Return a step at a second; a call that ends at another one."""
    at = f"2026-01-01T00:00:{second:02}+00:00"
    end = None if ended is None else f"2026-01-01T00:00:{ended:02}+00:00"
    return Place(kind, number, session, at, number, 0, "main", None if ended is None else at, end)


def order_of(places, sessions):
    """Return the numbers of the steps in order, each with its depth."""
    return [(step.id, step.depth) for step in in_order(places, sessions)]


def test_a_child_session_follows_the_call_that_started_last():
    """Of two calls that run when a session begins, the later one started it; what follows in the parent comes after."""
    sessions = [SessionPlace("root", None, 0), SessionPlace("child", "root", 1)]
    places = [
        place("call", 1, "root", 0, ended=20),
        place("call", 2, "root", 2, ended=15),
        place("entry", 3, "root", 16),
        place("entry", 4, "child", 5),
        place("entry", 5, "child", 12),
    ]
    assert order_of(places, sessions) == [(1, 0), (2, 0), (4, 1), (5, 1), (3, 0)]


def test_a_warning_follows_the_call_in_which_it_was_logged():
    """A log record within the time of a call comes after the call, also if the transcript has other steps between."""
    places = [place("call", 1, "root", 0, ended=9), place("entry", 2, "root", 3), place("log", 3, "root", 5)]
    assert order_of(places, [SessionPlace("root", None, 0)]) == [(1, 0), (3, 0), (2, 0)]


def test_a_warning_outside_of_calls_is_at_its_time():
    """A log record when no call runs comes after the last step before it; one before all steps comes first."""
    places = [
        place("entry", 1, "root", 2),
        place("entry", 2, "root", 6),
        place("log", 3, "root", 4),
        place("log", 4, "root", 0),
    ]
    assert order_of(places, [SessionPlace("root", None, 0)]) == [(4, 0), (1, 0), (3, 0), (2, 0)]


def test_nothing_is_lost_where_sessions_form_a_circle():
    """Sessions that are each other's parents are told once each."""
    sessions = [SessionPlace("a", None, 0), SessionPlace("b", "c", 1), SessionPlace("c", "b", 2)]
    places = [place("entry", 1, "a", 0), place("entry", 2, "b", 1), place("entry", 3, "c", 2)]
    assert sorted(number for number, _ in order_of(places, sessions)) == [1, 2, 3]


def test_a_failure_is_last():
    """Why a run failed is told last, whatever its time."""
    places = [place("failure", 9, "root", 0), place("entry", 1, "root", 5), place("entry", 2, None, 7)]
    assert order_of(places, [SessionPlace("root", None, 0)]) == [(1, 0), (2, 0), (9, 0)]
