"""Build and check the bundles of many damaged artifacts: `python tests/damage/many.py --count 100000`.

A seed and a number always give the same case. The cases run in a process of their own, which is watched: its death
is a crash, a case that takes too long is a hang, and both are counted with the case's number.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.artifact_samples import write_files
from support.bundle_checks import check_directory
from support.damaged_artifacts import Files, damaged_files
from support.directory_comparison import assert_round_trip

from wink_debug_bundle import DebugBundle

HANG_SECONDS = 10.0
_SLOW_SECONDS = 1.0


def check_case(seed: int, number: int, scratch: Path) -> str:
    """Build and check one case in `scratch`; return 'bundle' or 'refused'.

    Raises:
        Exception: a check of the case fails.
    """
    folder, restored, output = scratch / "case", scratch / "restored", scratch / "out.db"
    try:
        write_files(folder, damaged_files(seed, number))
        status = check_directory(folder, output)
        if status == "bundle":
            with DebugBundle.open(output) as bundle:
                assert_round_trip(bundle, folder, restored)
        return status
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(restored, ignore_errors=True)


def main() -> int:
    """Check the cases that the command line names; return 1 if any check fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="number of cases")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch", type=Path, default=None, help="folder for the cases, in memory where possible")
    parser.add_argument("--keep", type=Path, default=None, help="folder in which the files of failed cases are kept")
    options = parser.parse_args()
    found: Counter[str] = Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        last = options.first + options.count
        for number, status, detail in _watched(options.seed, options.first, last, Path(scratch)):
            found[status] += 1
            if status not in ("bundle", "refused"):
                print(f"case {number} of seed {options.seed}: {status}\n{detail}", flush=True)
                _keep(options.keep, f"{options.seed}-{number}", damaged_files(options.seed, number))
            if number % 5000 == 4999:
                print(f"{number + 1}: {dict(found)}, {time.monotonic() - started:.0f} s", flush=True)
    print(f"{sum(found.values())} cases in {time.monotonic() - started:.0f} s: {dict(found)}")
    return int(any(status not in ("bundle", "refused", "slow") for status in found))


def _watched(seed: int, first: int, last: int, scratch: Path) -> Iterator[tuple[int, str, str]]:
    """Yield number, status and details of each case."""
    context = multiprocessing.get_context("fork")
    number = first
    while number < last:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(theirs, seed, number, last, scratch))
        process.start()
        theirs.close()
        while number < last:
            try:
                if not ours.poll(HANG_SECONDS):
                    yield number, "hang", f"over {HANG_SECONDS:.0f} s"
                    break
                yield number, *ours.recv()
            except EOFError:
                process.join()
                yield number, "crash", f"the process ended with {process.exitcode}"
                break
            number += 1
        else:
            process.join()
            return
        process.kill()
        process.join()
        number += 1


def _work(channel: Connection, seed: int, first: int, last: int, scratch: Path) -> None:
    for number in range(first, last):
        started = time.process_time()
        try:
            status, detail = check_case(seed, number, scratch), ""
        except Exception:  # noqa: BLE001 that is what is looked for
            status, detail = "broken", traceback.format_exc()
        seconds = time.process_time() - started
        if seconds > _SLOW_SECONDS and status != "broken":
            status, detail = "slow", f"{seconds:.1f} s"
        channel.send((status, detail))


def _keep(folder: Path | None, case: str, files: Files) -> None:
    if folder is not None:
        write_files(folder / case, files)


if __name__ == "__main__":
    sys.exit(main())
