"""Generate the input of the benchmarks: `python -m benchmarks.data --profile logs --gigabytes 1`."""

from __future__ import annotations

import argparse
import os
import shutil
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.dataset import Dataset, Recipe, load
from benchmarks.generate.profiles import PROFILES

HERE = Path(__file__).parent
DATA = HERE / "data"


def make(recipe: Recipe, data: Path) -> Dataset:
    """Return the dataset of `recipe` in the folder `data`, and generate it if it does not exist yet."""
    folder = data / recipe.name
    existing = load(folder)
    if existing is not None:
        return existing
    shutil.rmtree(folder, ignore_errors=True)
    return _generate(recipe, folder)


def _generate(recipe: Recipe, folder: Path) -> Dataset:
    target = folder / "input"
    target.mkdir(parents=True)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        rows = PROFILES[recipe.profile](recipe, target, pool)
    paths = [path for path in target.rglob("*") if path.is_file()]
    on_disk, content = sum(path.stat().st_size for path in paths), sum(map(_content_bytes, paths))
    dataset = Dataset(folder, recipe, dict(sorted(rows.items())), content, on_disk)
    dataset.save()
    return dataset


def _content_bytes(path: Path) -> int:
    if path.suffix != ".zip":
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the data."""
    parser.add_argument("--profile", action="append", choices=sorted(PROFILES), help="may be repeated; default: all")
    parser.add_argument("--gigabytes", type=float, default=1.0, help="10**9 bytes before compression, 0.1 to 4")
    parser.add_argument("--member-gigabytes", type=float, default=0.0, help="binaries: one more member of this size")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the datasets")


def recipes(options: argparse.Namespace) -> list[Recipe]:
    """Return the recipes that the options choose."""
    return [
        Recipe(
            profile,
            options.gigabytes,
            options.seed,
            options.member_gigabytes if profile == "binaries" else 0.0,
        )
        for profile in options.profile or PROFILES
    ]


def main() -> None:
    """Generate the datasets that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=__doc__)
    add_recipe_options(parser)
    options = parser.parse_args()
    for recipe in recipes(options):
        dataset = make(recipe, options.data)
        print(
            f"{dataset.folder}: {dataset.content_bytes / 1e6:.1f} MB, {dataset.disk_bytes / 1e6:.1f} on disk, {dataset.rows}"
        )


if __name__ == "__main__":
    main()
