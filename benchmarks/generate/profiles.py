"""Generate the artifacts of each profile, in tasks that processes can do in parallel.

A profile's function fills a directory, and returns the number of rows that each table of the specification must hold.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import BinaryIO

from benchmarks.dataset import Recipe
from benchmarks.generate.archives import binary_archive, text_archive
from benchmarks.generate.debug_zip import write_debug_zip
from benchmarks.generate.evaluations import SHARED_RUN_BYTES, runs, write_own, write_shared
from benchmarks.generate.records import log_block
from benchmarks.generate.snapshots import snapshot_file
from benchmarks.generate.text import uuid_text
from benchmarks.generate.transcripts import transcript_block

BLOCK = 8_000_000
"""Bytes of a log that one task generates."""

BLOCK_MICROSECONDS = 60_000_000
"""Time between the first records of neighbouring blocks; longer than a block's own, so that times always increase."""

SNAPSHOT_FILE = 20_000_000
TEXT_ARCHIVE = 10_000_000
BINARY = 25_000_000
BINARIES_PER_ARCHIVE = 4
SAMPLES = 500
"""Number of sample directories in an evaluation run."""

FEW_RUNS = 30
"""Number of runs in the small evaluation."""

SHARES = {"log": 0.45, "transcript": 0.15, "snapshot": 0.25, "archive": 0.15}
"""Shares of a sample directory, in bytes before compression."""

Rows = Counter[str]
Block = Callable[[int, str, int, int, list[str]], tuple[bytes, int]]
Profile = Callable[[Recipe, Path, Executor], Rows]


def logs(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate one log of many small records."""
    return _log_file(recipe, folder / "session.log", pool, log_block)


def transcripts(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate one log of transcript entries of 2 to 50 KB."""
    return _log_file(recipe, folder / "session.log", pool, transcript_block)


def snapshots(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate snapshot files of sessions with thousands of tool calls each."""
    sizes = _parts(recipe.size, SNAPSHOT_FILE)
    return _gather(pool, _write_snapshot, [(recipe.seed, str(n), size, folder) for n, size in enumerate(sizes)])


def small_files(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate archives of many small files."""
    sizes = _parts(recipe.size, TEXT_ARCHIVE)
    return _gather(pool, _write_text_archive, [(recipe.seed, str(n), size, folder) for n, size in enumerate(sizes)])


def binaries(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate archives of a few large binaries, and one member of `member_gigabytes` unless that is 0."""
    sizes = _parts(recipe.size, BINARY)
    groups = [sizes[n : n + BINARIES_PER_ARCHIVE] for n in range(0, len(sizes), BINARIES_PER_ARCHIVE)]
    if recipe.member_gigabytes:
        groups.insert(0, [int(recipe.member_gigabytes * 1e9)])
    tasks = [(recipe.seed, f"{n}:{len(group)}", group, folder) for n, group in enumerate(groups)]
    return _gather(pool, _write_binary_archive, tasks)


def sample(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate one debug directory: log, snapshots and archive of one run."""
    return _gather(pool, write_sample, [(recipe.seed, "0", recipe.size, folder)])


def mixed(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate an evaluation run: 500 debug directories of different sizes."""
    rng = random.Random(f"{recipe.seed}:mixed")
    weights = [rng.lognormvariate(0, 0.6) for _ in range(SAMPLES)]
    sizes = [int(recipe.size * weight / sum(weights)) for weight in weights]
    folders = [folder / f"sample-{number:04d}" for number in range(SAMPLES)]
    tasks = [(recipe.seed, str(n), size, path) for n, (size, path) in enumerate(zip(sizes, folders, strict=True))]
    return _gather(pool, write_sample, tasks)


def debug_zip(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate one run's zip of release 0.27, nearly all of it a log, and its content as files beside the input."""
    session = session_ids(recipe.seed, "zip")[0]
    rows: Rows = Counter()
    snapshot, counts = snapshot_file(recipe.seed, "zip", 1, session)
    first_line, per_session = snapshot.splitlines(keepends=True)[0], len(snapshot.splitlines())
    rows.update({table: count // per_session for table, count in counts.items()})
    decompressed = folder.parent / "unpacked"
    decompressed.mkdir(exist_ok=True)
    (decompressed / f"{session}.jsonl").write_bytes(first_line)
    with (decompressed / "session.log").open("wb") as log:
        write_debug_zip(folder, session, _copied(_blocks(recipe, pool, log_block, rows), log), first_line)
    return rows


def evaluation(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate the zips of an evaluation's runs, each in the directory of its request."""
    return _gather(pool, write_own, [(recipe.seed, run, folder) for run in runs(recipe.seed, recipe.size)])


def evaluation_30(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate the first 30 zips of the same evaluation, because `wink query` takes half a second for each."""
    first = runs(recipe.seed, recipe.size)[:FEW_RUNS]
    return _gather(pool, write_own, [(recipe.seed, run, folder) for run in first])


def workspace_evaluation(recipe: Recipe, folder: Path, pool: Executor) -> Rows:
    """Generate an evaluation whose runs start from one workspace, and change a few of its files."""
    tasks = [(recipe.seed, run, folder) for run in runs(recipe.seed, recipe.size, SHARED_RUN_BYTES)]
    return _gather(pool, write_shared, tasks)


PROFILES: dict[str, Profile] = {
    "logs": logs,
    "transcripts": transcripts,
    "snapshots": snapshots,
    "small-files": small_files,
    "binaries": binaries,
    "sample": sample,
    "mixed": mixed,
    "debug-zip": debug_zip,
    "evaluation": evaluation,
    "evaluation-30": evaluation_30,
    "workspace-evaluation": workspace_evaluation,
}


def session_ids(seed: int, key: str, count: int = 20) -> list[str]:
    """Return the session ids of one run, the root session first."""
    rng = random.Random(f"{seed}:sessions:{key}")
    return [uuid_text(rng) for _ in range(count)]


def write_sample(seed: int, key: str, size: int, folder: Path) -> Rows:
    """Fill one debug directory with `size` bytes, counted before compression."""
    folder.mkdir(parents=True, exist_ok=True)
    sessions = session_ids(seed, key)
    part = {kind: int(size * share) for kind, share in SHARES.items()}
    head, records = log_block(seed, key, part["log"], 0, sessions)
    tail, entries = transcript_block(seed, key, part["transcript"], BLOCK_MICROSECONDS, sessions)
    (folder / "session.log").write_bytes(head + tail)
    snapshot, rows = snapshot_file(seed, key, part["snapshot"], sessions[0])
    (folder / f"{sessions[0]}.jsonl").write_bytes(snapshot)
    files = text_archive(seed, key, part["archive"], folder)
    return Counter({**rows, "logs": records + entries, "files": files})


def _log_file(recipe: Recipe, path: Path, pool: Executor, block: Block) -> Rows:
    rows: Rows = Counter()
    with path.open("wb") as file:
        file.writelines(_blocks(recipe, pool, block, rows))
    return rows


def _blocks(recipe: Recipe, pool: Executor, block: Block, rows: Rows) -> Iterator[bytes]:
    """Yield the blocks of one log in order, and count its records in `rows`; only a few blocks are in memory."""
    sessions = session_ids(recipe.seed, "0")
    sizes = list(enumerate(_parts(recipe.size, BLOCK)))
    for begin in range(0, len(sizes), 8):
        tasks = [
            pool.submit(block, recipe.seed, str(n), size, n * BLOCK_MICROSECONDS, sessions)
            for n, size in sizes[begin : begin + 8]
        ]
        for task in tasks:
            data, count = task.result()
            rows["logs"] += count
            yield data


def _copied(blocks: Iterator[bytes], file: BinaryIO) -> Iterator[bytes]:
    """Yield the blocks, and write each to `file`, too."""
    for block in blocks:
        file.write(block)
        yield block


def _parts(size: int, part: int) -> list[int]:
    """Return the sizes of parts of `part` bytes each that sum up to `size`; the last one may be smaller."""
    return [min(part, size - begin) for begin in range(0, size, part)] or [0]


def _gather(pool: Executor, work: Callable[..., Rows], tasks: Sequence[tuple[object, ...]]) -> Rows:
    rows: Rows = Counter()
    for counted in [pool.submit(work, *task) for task in tasks]:
        rows.update(counted.result())
    return rows


def _write_snapshot(seed: int, key: str, size: int, folder: Path) -> Rows:
    root = session_ids(seed, f"snapshot:{key}")[0]
    data, rows = snapshot_file(seed, key, size, root)
    (folder / f"{root}.jsonl").write_bytes(data)
    return Counter(rows)


def _write_text_archive(seed: int, key: str, size: int, folder: Path) -> Rows:
    return Counter(files=text_archive(seed, key, size, folder))


def _write_binary_archive(seed: int, key: str, sizes: list[int], folder: Path) -> Rows:
    return Counter(files=binary_archive(seed, key, sizes, folder))
