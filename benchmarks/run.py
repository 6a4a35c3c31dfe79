"""Times the contenders: `python -m benchmarks.run --profile logs --gigabytes 1`.

Every contender is a process of its own on the same input; each round runs all of them once, in an order shuffled by
the seed. Before a run the input is read once, so that it comes from the page cache, old outputs are deleted and dirty
pages are written out; none of that is timed. Results are saved after every round.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.check import problem, row_counts
from benchmarks.contenders.registry import CONTENDERS, OURS, SPECIFICATION, Contender, Programs, Task
from benchmarks.data import HERE, add_recipe_options, recipes
from benchmarks.dataset import Dataset, Recipe, load
from benchmarks.measure import run

RESULTS = HERE / "results"
READ_SIZE = 1 << 22
"""Bytes read at a time to warm the page cache."""


@dataclass(frozen=True)
class Settings:
    """How to run, the same for all datasets. `timeout` is in seconds for one run."""

    rounds: int
    results: Path
    work: Path
    programs: Programs
    timeout: float


def fetch(recipe: Recipe, data: Path) -> Dataset:
    """The dataset of `recipe`, made by a process of its own so that this one keeps no children."""
    options = ["--profile", recipe.profile, "--gigabytes", repr(recipe.gigabytes), "--seed", str(recipe.seed)]
    options += ["--member-gigabytes", repr(recipe.member_gigabytes), "--data", str(data)]
    subprocess.run([sys.executable, "-m", "benchmarks.data", *options], env=environment(), check=True)
    dataset = load(data / recipe.name)
    if dataset is None:
        raise SystemExit(f"{data / recipe.name} was not made")
    return dataset


def environment() -> dict[str, str]:
    """The contenders' environment: ours, with this package on the path."""
    return {**os.environ, "PYTHONPATH": str(HERE.parent)}


def compare(dataset: Dataset, contenders: Sequence[Contender], settings: Settings) -> Path:
    """Run all rounds on one dataset; return the file of results."""
    settings.work.mkdir(parents=True, exist_ok=True)
    settings.results.mkdir(parents=True, exist_ok=True)
    ready, skipped = _divide(dataset, contenders, settings.programs)
    bundle, built_by = None, ""
    if "floor" in {each.name for each in ready}:
        bundle, built_by = _finished_bundle(dataset, settings)
        if bundle is None:
            ready = [each for each in ready if each.name != "floor"]
            skipped["floor"] = "no contender could build a bundle for it to copy"
    report: dict[str, object] = {
        "dataset": {
            **asdict(dataset.recipe),
            "rows": dataset.rows,
            "content_bytes": dataset.content_bytes,
            "disk_bytes": dataset.disk_bytes,
        },
        "machine": machine.describe(settings.work),
        "about": {each.name: each.about for each in ready},
        "skipped": skipped,
        "floor_copies": built_by,
    }
    path = settings.results / f"{dataset.recipe.name}.json"
    runs: list[dict[str, object]] = []
    for number in range(settings.rounds):
        runs += _round(number, dataset, ready, settings, bundle)
        path.write_text(json.dumps({**report, "runs": runs}, indent=1) + "\n")
    if bundle is not None:
        _delete(bundle)
    return path


def _round(
    number: int, dataset: Dataset, ready: Sequence[Contender], settings: Settings, bundle: Path | None
) -> list[dict[str, object]]:
    """One run of each contender, in an order of the round's own."""
    runs: list[dict[str, object]] = []
    for contender in random.Random(f"{dataset.recipe.seed}:order:{number}").sample(ready, len(ready)):
        runs.append({"round": number, **_measure(dataset, contender, settings, bundle)})
        print(_line(runs[-1]), flush=True)
    return runs


def _divide(
    dataset: Dataset, contenders: Sequence[Contender], programs: Programs
) -> tuple[list[Contender], dict[str, str]]:
    """Contenders that can run, and why the others cannot."""
    suited = [each for each in contenders if dataset.recipe.profile in each.profiles]
    skipped = {each.name: reason for each in suited if (reason := each.missing(programs))}
    return [each for each in suited if each.name not in skipped], skipped


def _finished_bundle(dataset: Dataset, settings: Settings) -> tuple[Path | None, str]:
    """A bundle for the floor to copy: ours, or the sample code's where ours cannot be had."""
    path = settings.work / "finished.db"
    for builder in (OURS[2], SPECIFICATION):
        if dataset.recipe.profile not in builder.profiles or builder.missing(settings.programs):
            continue
        _delete(path)
        usage = run(_command(dataset, builder, path, None, settings), environment(), _log(settings), settings.timeout)
        counts = row_counts(path, builder.database, list(dataset.rows)) if usage.exit_code == 0 else {}
        if problem(dataset, counts, builder.database) is None:
            return path, builder.name
    _delete(path)
    return None, ""


def _measure(dataset: Dataset, contender: Contender, settings: Settings, bundle: Path | None) -> dict[str, object]:
    """One run of one contender."""
    output = settings.work / f"{contender.name}{contender.suffix}"
    _delete(output)
    _warm([bundle] if contender.name == "floor" and bundle else dataset.files())
    command = _command(dataset, contender, output, bundle, settings)
    os.sync()
    usage = run(command, environment(), _log(settings), settings.timeout)
    size = output.stat().st_size if output.exists() else 0
    counts = row_counts(output, contender.database, list(dataset.rows)) if usage.exit_code == 0 else {}
    wrong = problem(dataset, counts, contender.database)
    if usage.exit_code:
        wrong = _log(settings).read_text(errors="replace")[-500:].strip() or f"exit code {usage.exit_code}"
    _delete(output)
    return {"contender": contender.name, **asdict(usage), "output_bytes": size, "rows": counts, "problem": wrong}


def _command(
    dataset: Dataset, contender: Contender, output: Path, bundle: Path | None, settings: Settings
) -> list[str]:
    return contender.command(Task(dataset, output, bundle, settings.programs))


def _log(settings: Settings) -> Path:
    return settings.work / "last-run.txt"


def _delete(path: Path) -> None:
    """Remove a database and what may lie beside it: journals, logs, and the zip that `wink query` was given."""
    for found in path.parent.glob(f"{path.name.partition('.')[0]}.*"):
        found.unlink()


def _warm(paths: Sequence[Path]) -> None:
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(READ_SIZE):
                pass


def _line(result: dict[str, object]) -> str:
    text = "  {contender:<16}{seconds:8.2f} s {cpu_seconds:8.2f} s CPU {peak:8.1f} MB"
    line = text.format(**result, peak=int(str(result["peak_bytes"])) / 1e6)
    return f"{line}  {result['problem']}" if result["problem"] else line


def add_run_options(parser: argparse.ArgumentParser, rounds: int) -> None:
    """Options that say how to run, the same for every command that runs contenders."""
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON files")
    parser.add_argument(
        "--work", type=Path, default=RESULTS / "work", help="folder of outputs, each deleted after its run"
    )
    parser.add_argument("--ours", default="wink-debug-bundle", help="our command, a path or a name")
    parser.add_argument("--wink", default="", help="the wink script of a venv with weakincentives 0.27")
    parser.add_argument("--timeout", type=float, default=3600.0, help="seconds for one run of one contender")


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that the options ask for."""
    programs = Programs(options.ours, options.wink)
    return Settings(options.rounds, options.results, options.work, programs, options.timeout)


def main() -> None:
    """Run what the command line names; exit 1 if a run went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    add_recipe_options(parser)
    add_run_options(parser, 5)
    parser.add_argument("--contender", action="append", choices=list(CONTENDERS), help="may be repeated; default: all")
    options = parser.parse_args()
    contenders = [CONTENDERS[name] for name in options.contender or CONTENDERS]
    failed = False
    for recipe in recipes(options):
        path = compare(fetch(recipe, options.data), contenders, settings_of(options))
        result = json.loads(path.read_text())
        print(f"{path}; skipped: {result['skipped']}")
        failed |= any(each["problem"] for each in result["runs"])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
