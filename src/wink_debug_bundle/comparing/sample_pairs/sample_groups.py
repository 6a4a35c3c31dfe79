"""Know which evaluations and experiments the samples of a bundle belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...explore.costs.loose_values import integer_of, text_or_none

HAS_EVALUATION = "SELECT 1 FROM pragma_table_info('sample_results') WHERE name = 'evaluation'"
"""Has a row if the bundle tells evaluations apart; those of earlier releases do not."""

_GROUPS = """
SELECT {evaluation}, experiment, count(*), count(*) FILTER (WHERE result = 'passed')
FROM sample_results
GROUP BY 1, 2
ORDER BY 1 NULLS LAST, 2 NULLS LAST
LIMIT 10000
"""


class SampleGroup(NamedTuple):
    """The attempts at samples of one experiment of one evaluation."""

    evaluation: str | None
    experiment: str | None
    samples: int
    passed: int


def groups_sql(*, has_evaluations: bool) -> str:
    """Return the statement whose rows are the groups."""
    return _GROUPS.format(evaluation="evaluation" if has_evaluations else "NULL")


def sample_groups(rows: Iterable[tuple[Any, ...]]) -> list[SampleGroup]:
    """Return the groups of these rows."""
    return [
        SampleGroup(text_or_none(evaluation), text_or_none(experiment), integer_of(samples), integer_of(passed))
        for evaluation, experiment, samples, passed in rows
    ]
