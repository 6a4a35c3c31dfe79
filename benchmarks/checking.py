"""Measure the share of a build that ledger and hashes take: `python -m benchmarks.checking --profile logs`.

Their functions are replaced by timed ones while one process builds. Processor time of the thread is measured, with the
time of reading the clock, so that the share is rather too high. A thread hashes artifacts while rows are indexed, so
that with several processors a build is delayed by less than the share.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from benchmarks.data import DATA
from benchmarks.dataset import Recipe
from benchmarks.run import fetch
from wink_debug_bundle.artifacts import split_reader
from wink_debug_bundle.artifacts.accounting import blobs, ledger
from wink_debug_bundle.artifacts.archives import archive_reader, byte_ranges
from wink_debug_bundle.artifacts.runs import line_members, run_reader
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.database.inserts.row_writer import RowWriter
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.digests import Digests

_TABLES = ("ledger", "zip_parts", "duplicate_lines")


class Costs:
    """Seconds of processor time for each kind of work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time counted; for a generator, the time of each step is counted."""

        def run(*arguments: Any, **options: Any) -> Any:
            with self.counted(what):
                result = function(*arguments, **options)
            return self._steps(what, result) if isinstance(result, Iterator) else result

        return run

    @contextmanager
    def counted(self, what: str) -> Iterator[None]:
        """Count the time of the block."""
        started = time.thread_time()
        try:
            yield
        finally:
            self.seconds[what] += time.thread_time() - started

    def _steps(self, what: str, steps: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.counted(what):
                step = next(steps, self)
            if step is self:
                return
            yield step

    def hash_module(self) -> Any:
        """Return a replacement of the module hashlib whose hashes are timed."""
        return SimpleNamespace(sha256=lambda data=b"": _TimedHash(self, data))


class _TimedHash:
    """A SHA-256 whose time is counted."""

    def __init__(self, costs: Costs, data: bytes) -> None:
        self._costs = costs
        with costs.counted("hashes of members and blobs"):
            self._hash = hashlib.sha256(data)

    def update(self, data: bytes) -> None:
        with self._costs.counted("hashes of members and blobs"):
            self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def measure(folder: Path) -> tuple[Costs, float, float]:
    """Build a bundle from the folder; return the costs, and the processor time and wall time of the whole build."""
    costs = Costs()
    original = RowWriter._flush  # noqa: SLF001 the one place where rows of these tables are written

    def flush(writer: RowWriter, table: str) -> None:
        with costs.counted("rows of the ledger") if table in _TABLES else nullcontext():
            original(writer, table)

    modules: list[ModuleType] = [archive_reader, blobs, line_members, run_reader]
    patches = [patch.object(module, "hashlib", costs.hash_module()) for module in modules]
    patches += [
        patch.object(RowWriter, "_flush", flush),
        patch.object(ledger.BlockLedger, "close", costs.timed("ledger of lines", ledger.BlockLedger.close)),
        patch.object(split_reader, "container_batches", costs.timed("ledger of zips", byte_ranges.container_batches)),
        patch.object(archive_reader, "range_of", costs.timed("ledger of zips", byte_ranges.range_of)),
        patch.object(Digests, "_digest_of", costs.timed("hashes of artifacts", Digests._digest_of)),  # noqa: SLF001
    ]
    with tempfile.TemporaryDirectory() as scratch:
        for each in patches:
            each.start()
        started, processor = time.monotonic(), time.process_time()
        try:
            build_from_directory(folder, Path(scratch, "bundle.db"), BuildOptions(jobs=1), recursive=True)
        finally:
            for each in patches:
                each.stop()
        return costs, time.process_time() - processor, time.monotonic() - started


def main() -> None:
    """Measure one profile and print the shares."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checking", description=__doc__)
    parser.add_argument("--profile", default="logs")
    parser.add_argument("--gigabytes", type=float, default=0.2)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the datasets")
    options = parser.parse_args()
    dataset = fetch(Recipe(options.profile, options.gigabytes), options.data)
    costs, processor, wall = measure(dataset.input)
    print(f"{dataset.recipe.name}: {processor:.2f} s of processor time, {wall:.2f} s")
    for what, seconds in sorted(costs.seconds.items()):
        print(f"  {what:<30}{seconds:7.3f} s {100 * seconds / processor:5.1f} %")
    total = sum(costs.seconds.values())
    print(f"  {'together':<30}{total:7.3f} s {100 * total / processor:5.1f} %")


if __name__ == "__main__":
    main()
