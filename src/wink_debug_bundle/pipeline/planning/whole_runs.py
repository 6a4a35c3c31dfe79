"""Find the runs whose tool calls can be put together by the worker that reads them.

Its task must have all of a run, and nothing else may decide about the run's calls: no other run of the same session, no
run whose session only its log records name, and no copy, which may be imported in the place of the run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise

from ...column_values import ArtifactKind
from .plan import Artifact
from .tasks import Task, WholeRuns

_HAS_RECORDS = (ArtifactKind.LOGS, ArtifactKind.TRANSCRIPT)


def with_whole_runs(tasks: Iterable[Task], artifacts: Sequence[Artifact]) -> Iterator[Task]:
    """Yield the tasks, each with the runs whose calls it can put together; `artifacts` are all of the build's."""
    runs = [each for each in artifacts if each.source.kind is ArtifactKind.RUN and each.original_id is None]
    sessions = Counter(run.source.session for run in runs)
    are_shared = any(count > 1 for session, count in sessions.items() if session is not None)
    parts = _parts_of_independent(runs, artifacts, sessions)
    begun: set[int] = set()
    for task, following in pairwise(chain(tasks, [None])):
        assert task is not None  # noqa: S101 only the last one is None, and it is no first of a pair
        continued = set() if following is None else {following.splits[0].run_id}
        of_task = {split.run_id for split in task.splits if split.run_id is not None}
        whole = (run for run in of_task - begun - continued if parts.get(run, {0}) <= task.artifact_ids)
        yield replace(task, runs=WholeRuns(frozenset(whole), are_shared))
        begun |= of_task


def _parts_of_independent(
    runs: Iterable[Artifact], artifacts: Sequence[Artifact], sessions: Mapping[str | None, int]
) -> dict[int, set[int]]:
    """Return the ids of the artifacts of each run that no other one can change; `sessions` counts the runs of each."""
    parts: dict[int, set[int]] = defaultdict(set)
    dependent = {each.original_id for each in artifacts if each.source.kind is ArtifactKind.RUN}
    for each in artifacts:
        if each.container_id is None:
            continue
        if each.source.session is None and each.source.kind in _HAS_RECORDS:
            return {}  # its run may get any session
        parts[each.container_id].add(each.id)
        if each.original_id is not None:
            dependent.add(each.container_id)
    return {
        run.id: {run.id, *parts[run.id]}
        for run in runs
        if run.id not in dependent and run.source.session is not None and sessions[run.source.session] == 1
    }
