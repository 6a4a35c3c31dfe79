"""Generate evaluations: directories of run zips, whose workspaces are their own, or share most of their files."""

from __future__ import annotations

import math
import random
from collections import Counter
from functools import cache
from pathlib import Path

from benchmarks.generate.archives import small_file
from benchmarks.generate.run_zip import Run, write_run
from benchmarks.generate.text import WORDS

RUN_BYTES = 1_400_000
"""Mean size of a run before compression."""

SPREAD = 0.6
"""Standard deviation of the logarithm of a run's size: one run in eight is larger than twice the median."""

FILES_SHARE = 0.1
"""Share of a run that is the files of its workspace, where these are its own."""

SHARED_BYTES = 700_000
"""Bytes of the workspace that the runs of one evaluation start from."""

SHARED_RUN_BYTES = RUN_BYTES + SHARED_BYTES
"""Mean size of a run whose workspace is the common one."""

CHANGED_FILES = 5
"""Number of files of a shared workspace that a run changes."""

Files = dict[str, bytes]


def runs(seed: int, size: int, run_bytes: int = RUN_BYTES) -> list[Run]:
    """Return as many runs as have `size` bytes in all, if one has about `run_bytes`; the first are always the same."""
    rng = random.Random(f"{seed}:evaluation")
    middle = math.log(RUN_BYTES) - SPREAD**2 / 2
    count = max(1, round(size / run_bytes))
    return [Run(number, int(rng.lognormvariate(middle, SPREAD))) for number in range(count)]


def write_own(seed: int, run: Run, folder: Path) -> Counter[str]:
    """Write the zip of a run whose files no other run has; return its rows by table."""
    rng = random.Random(f"{seed}:workspace:{run.number}")
    return write_run(seed, run, _files(rng, seed, int(run.size * FILES_SHARE)), folder)


def write_shared(seed: int, run: Run, folder: Path) -> Counter[str]:
    """Write the zip of a run that has changed a few files of the common workspace; return its rows by table."""
    rng = random.Random(f"{seed}:changed:{run.number}")
    common = _workspace(seed)
    changed = {name: small_file(rng, seed)[0] for name in rng.sample(sorted(common), CHANGED_FILES)}
    return write_run(seed, run, {**common, **changed}, folder)


@cache
def _workspace(seed: int) -> Files:
    return _files(random.Random(f"{seed}:workspace"), seed, SHARED_BYTES)


def _files(rng: random.Random, seed: int, size: int) -> Files:
    files: Files = {}
    written = 0
    while written < size:
        content, suffix = small_file(rng, seed)
        files[f"{rng.choice(WORDS)}/{rng.choice(WORDS)}_{len(files)}{suffix}"] = content
        written += len(content)
    return files
