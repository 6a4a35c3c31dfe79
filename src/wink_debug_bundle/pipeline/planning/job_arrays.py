"""Find out which job of how many this process is, from what is given or from what a scheduler says in the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...artifacts.sets.shards import Shard

_FORM = re.compile(r"(?:(?P<number>\d{1,18})/|auto/?)(?P<count>\d{0,18})", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_AUTO = "auto"

_WRONG = "{text!r} is not a shard: give I/N, such as 2/8, or auto, or auto/N"

Environment = Mapping[str, str]


class _Job(NamedTuple):
    """The place of a job, from 0, and the number of jobs; None where the scheduler does not tell."""

    place: int
    total: int | None


def parse_shard(text: str, environment: Environment) -> Shard:
    """Return the shard that a text names: `I/N`, or `auto` or `auto/N` for the one that a scheduler has for this job.

    Raises:
        ValueError: the text names no shard, or the environment does not tell which job this is.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None or (match["number"] and not match["count"]) or text.strip() == f"{_AUTO}/":
        raise ValueError(_WRONG.format(text=text))
    if match["number"]:
        return Shard(int(match["number"]), int(match["count"]))
    name, job = _job(text, environment)
    given = int(match["count"]) if match["count"] else None
    if given is not None and job.total is not None and given != job.total:
        raise ValueError(f"{text!r} asks for {given} shards, but {name} is of an array of {job.total} jobs: give auto")
    count = given or job.total
    if count is None:
        raise ValueError(f"{name} is set, but nothing says how many jobs there are: give auto/N")
    return Shard(job.place + 1, count)


def _job(text: str, environment: Environment) -> tuple[str, _Job]:
    """Return the variable of the scheduler, and what it says."""
    found = [name for name in _SCHEDULERS if environment.get(name)]
    if len(found) != 1:
        what = f"{' and '.join(found)} are both set" if found else f"none of {', '.join(_SCHEDULERS)} is set"
        raise ValueError(f"{text!r} cannot be resolved: {what}; give I/N")
    return found[0], _SCHEDULERS[found[0]](environment, found[0])


def _slurm(environment: Environment, name: str) -> _Job:
    """Return the job's place in a Slurm array, whose indexes may begin anywhere and have a step."""
    index, count = _number(environment, name), _number(environment, "SLURM_ARRAY_TASK_COUNT")
    first = _number(environment, "SLURM_ARRAY_TASK_MIN")
    step = max(_number({"SLURM_ARRAY_TASK_STEP": "1", **environment}, "SLURM_ARRAY_TASK_STEP"), 1)
    if not count:
        raise ValueError("SLURM_ARRAY_TASK_COUNT is 0: give I/N instead of auto")
    last = first + (count - 1) * step
    given_last = _number({"SLURM_ARRAY_TASK_MAX": str(last), **environment}, "SLURM_ARRAY_TASK_MAX")
    if given_last != last or (index - first) % step:
        raise ValueError(
            f"{name} is of an array whose indexes have gaps: submit it as 0-{count - 1}, or give I/N instead of auto"
        )
    if not first <= index <= last:
        raise ValueError(f"{name} is {index}, and the indexes of the array go from {first} to {last}: give I/N")
    return _Job((index - first) // step, count)


def _counted_by(count_name: str | None) -> Callable[[Environment, str], _Job]:
    """Return a function for a scheduler whose indexes begin at 0, and that tells their number in `count_name`."""

    def read(environment: Environment, name: str) -> _Job:
        count = _number(environment, count_name) if count_name is not None else None
        return _Job(_number(environment, name), count)

    return read


_SCHEDULERS: Mapping[str, Callable[[Environment, str], _Job]] = {
    "SLURM_ARRAY_TASK_ID": _slurm,
    "JOB_COMPLETION_INDEX": _counted_by(None),  # Kubernetes tells a pod its index, and not the number of completions
    "AWS_BATCH_JOB_ARRAY_INDEX": _counted_by("AWS_BATCH_JOB_ARRAY_SIZE"),
    "CLOUD_RUN_TASK_INDEX": _counted_by("CLOUD_RUN_TASK_COUNT"),
}
"""The variable with the index of a job, for each scheduler that sets one, and how it is read."""


def _number(environment: Environment, name: str) -> int:
    """Return the number in a variable.

    Raises:
        ValueError: it is not set, or no number.
    """
    value = environment.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{name} should be a number, and is {value!r}: give I/N instead of auto")
    return int(value)
