"""A job of an array finds out from its scheduler's variables which shard is its own."""

from __future__ import annotations

import pytest

from wink_debug_bundle.artifacts.sets.shards import Shard
from wink_debug_bundle.pipeline.planning.job_arrays import parse_shard


def slurm(index: int, count: int, first: int, last: int, step: int | None = None) -> dict[str, str]:
    """Return what Slurm sets for a job of an array."""
    values = {"ID": index, "COUNT": count, "MIN": first, "MAX": last, **({} if step is None else {"STEP": step})}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("1/1", {}, Shard(1, 1)),
        (" 3/8 ", {"JOB_COMPLETION_INDEX": "0"}, Shard(3, 8)),
        ("auto", slurm(0, 4, 0, 3), Shard(1, 4)),
        ("auto", slurm(4, 4, 1, 4), Shard(4, 4)),
        ("auto", slurm(5, 4, 1, 7, 2), Shard(3, 4)),
        ("auto/4", slurm(12, 4, 10, 13), Shard(3, 4)),
        ("auto/5", {"JOB_COMPLETION_INDEX": "4"}, Shard(5, 5)),
        ("auto", {"AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "3"}, Shard(2, 3)),
        ("auto", {"CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_COUNT": "1"}, Shard(1, 1)),
    ],
)
def test_shard(text: str, environment: dict[str, str], expected: Shard) -> None:
    """Schedulers count from 0, Slurm from wherever the array begins."""
    assert parse_shard(text, environment) == expected


@pytest.mark.parametrize(
    ("text", "environment", "message"),
    [
        *((text, {}, "is not a shard: give I/N") for text in ("", "3", "x/2", "1/", "/3", "1/2/3", "auto/", "-1/2")),
        ("auto", {}, "none of SLURM_ARRAY_TASK_ID, .* is set"),
        ("auto", {"JOB_COMPLETION_INDEX": "2"}, "nothing says how many jobs there are: give auto/N"),
        ("auto/2", {"JOB_COMPLETION_INDEX": "2"}, "there is no shard 3 of 2"),
        ("auto/2", {"JOB_COMPLETION_INDEX": "two"}, "should be a number, and is 'two'"),
        ("auto", {"CLOUD_RUN_TASK_INDEX": "0"}, "CLOUD_RUN_TASK_COUNT should be a number"),
        ("auto", {"SLURM_ARRAY_TASK_ID": "0"}, "SLURM_ARRAY_TASK_COUNT should be a number"),
        ("auto/9", slurm(0, 4, 0, 3), "asks for 9 shards, but SLURM_ARRAY_TASK_ID is of an array of 4 jobs"),
        ("auto", slurm(5, 3, 1, 9), "whose indexes have gaps"),
        ("auto", slurm(0, 3, 1, 3), "SLURM_ARRAY_TASK_ID is 0, and the indexes of the array go from 1 to 3"),
        ("auto", slurm(0, 0, 0, 0), "SLURM_ARRAY_TASK_COUNT is 0"),
        ("auto/2", {"JOB_COMPLETION_INDEX": "1" * 5000}, "JOB_COMPLETION_INDEX should be a number"),
        ("1/100001", {}, "100001 shards are more than the 100000"),
        ("1/" + "9" * 5000, {}, "is not a shard"),
        ("auto", {**slurm(0, 1, 0, 0), "JOB_COMPLETION_INDEX": "0"}, "are both set"),
    ],
)
def test_refused(text: str, environment: dict[str, str], message: str) -> None:
    """What does not tell the job and the number of jobs is no shard: a gap or an overlap would go unnoticed."""
    with pytest.raises(ValueError, match=message):
        parse_shard(text, environment)
