"""Choose runs of a dataset by a condition in SQL."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping

from ...errors import BundleError
from ..asking.dataset_query import DatasetConnection

_CHOSEN = """
SELECT DISTINCT chosen.shard, chosen.path
FROM (
    SELECT runs.*, samples.run_id, samples.failure, samples.failure_signature, samples.request
    FROM runs
    LEFT JOIN sample_results AS samples ON samples.run_id = runs.id
) AS chosen
WHERE (
{condition}
)
ORDER BY 1, 2
"""
"""The lines around the condition let it end with a comment."""


def chosen_runs(connection: DatasetConnection, condition: str, shown: str) -> Mapping[str, list[str]]:
    """Return the paths of the runs for which a condition holds, by their shards.

    Args:
        connection: The dataset.
        condition: SQL of DuckDB about the columns of `runs`, and `failure`, `failure_signature`, `request` of
            `sample_results`.
        shown: What messages call the dataset.

    Raises:
        BundleQueryError: the condition is wrong.
        BundleError: it holds for no run.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for shard, path in connection.query(_CHOSEN.format(condition=condition)).rows:
        found[str(shard)].append(str(path))
    if not found:
        raise BundleError(
            f"{shown}: no run matches {condition!r}; see what there is by: wink-debug-bundle query {shlex.quote(shown)}"
            ' "SELECT evaluation, result, count(*) FROM runs GROUP BY ALL"'
        )
    return found
