"""Read what is known about a run or a session as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...timestamps import elapsed_ms
from .reading import Reading, Statement, story_sql, text_of
from .run_choice import Unit
from .step_order import Place
from .story_data import StoryHeader


def read_header(unit: Unit, sessions: Sequence[str], places: Sequence[Place]) -> Reading[StoryHeader]:
    """Read the header of a story; a session's times are those of its steps, where no record says more."""
    if unit.run_id is None:
        parameters = {"session": unit.session_id, "sessions": json.dumps(sessions)}
        statement = Statement(story_sql("session_facts"), parameters)
    else:
        statement = Statement(story_sql("run_facts"), {"run": unit.run_id})
    ((sample, experiment, result, score, reason, put_in, put_out, cached, duration, *others),) = yield statement
    model, adapter, prompt, started, ended, session, bundle = map(text_of, others)
    if unit.run_id is None:
        times = [time for place in places for time in (place.began_at, place.at, place.ended_at) if time]
        started, ended = (min(times), max(times)) if times else (started, ended)
        duration = elapsed_ms(started, ended) if started and ended else None
    return StoryHeader(
        unit.run_id,
        session,
        bundle,
        text_of(sample),
        text_of(experiment),
        result,
        score,
        text_of(reason),
        put_in,
        put_out,
        cached,
        duration,
        model,
        adapter,
        prompt,
        started,
        ended,
        len(sessions),
        len(places),
    )
