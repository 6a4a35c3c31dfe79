"""Write a table and a plot of results: `python -m benchmarks.report benchmarks/results/*.json`."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

REFERENCE = "ours-2"
"""The contender to which others are compared: a ratio of 3 means three times its time."""

COLUMNS = ("contender", "median s", "min s", f"x {REFERENCE}", "MB/s", "CPU s", "peak MB", "output MB", "runs")


@dataclass(frozen=True)
class Summary:
    """The successful runs of one contender on one dataset, in seconds and bytes; `seconds` is the median."""

    name: str
    seconds: float
    fastest: float
    cpu_seconds: float
    peak_bytes: int
    output_bytes: int
    runs: int


def summaries(result: dict[str, Any]) -> dict[str, Summary]:
    """Return a summary for each contender with successful runs, by name, in the order of the results."""
    by_name: dict[str, Summary] = {}
    for name in result["about"]:
        runs = [run for run in result["runs"] if run["contender"] == name and not run["problem"]]
        if runs:
            by_name[name] = _summary(name, runs)
    return by_name


def _summary(name: str, runs: list[dict[str, Any]]) -> Summary:
    seconds = [run["seconds"] for run in runs]
    return Summary(
        name,
        median(seconds),
        min(seconds),
        median(run["cpu_seconds"] for run in runs),
        max(run["peak_bytes"] for run in runs),
        runs[-1]["output_bytes"],
        len(runs),
    )


def markdown(result: dict[str, Any]) -> str:
    """Return the table of one dataset as Markdown, with the machine, the contenders and the failures."""
    dataset, by_name = result["dataset"], summaries(result)
    size = dataset["content_bytes"] / 1e6
    lines = [f"## {dataset['profile']}, {size:.0f} MB", "", _circumstances(result), ""]
    lines += [f"| {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * (len(COLUMNS) - 1)}"]
    reference = by_name.get(REFERENCE)
    lines += [_row(each, size, reference) for each in by_name.values()]
    return "\n".join([*lines, *_remarks(result)]) + "\n"


def _circumstances(result: dict[str, Any]) -> str:
    machine, dataset = result["machine"], result["dataset"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version)
    rows = ", ".join(f"{count:,} {table}" for table, count in dataset["rows"].items())
    return (
        f"{rows}; {dataset['disk_bytes'] / 1e6:.0f} MB on disk. {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 1e9:.0f} GB, {machine['file_system']}, Linux {machine['kernel']}, load "
        f"{machine['load_before']:.1f} before; Python {machine['python']}, {versions}, "
        f"sqlite3 shell {machine['sqlite3_shell']}. Input from the page cache."
    )


def _row(each: Summary, size: float, reference: Summary | None) -> str:
    ratio = f"{each.seconds / reference.seconds:.2f}" if reference else "-"
    cells = (
        each.name,
        f"{each.seconds:.2f}",
        f"{each.fastest:.2f}",
        ratio,
        f"{size / each.seconds:.0f}",
        f"{each.cpu_seconds:.2f}",
        f"{each.peak_bytes / 1e6:.0f}",
        f"{each.output_bytes / 1e6:.0f}",
        str(each.runs),
    )
    return f"| {' | '.join(cells)} |"


def _remarks(result: dict[str, Any]) -> list[str]:
    """Return lines that say what the contenders are, and which did not run or failed."""
    lines = [""] + [f"- {name}: {about}" for name, about in result["about"].items()]
    if result["floor_copies"]:
        lines.append(f"- the floor copies a bundle that {result['floor_copies']} built")
    lines += [f"- {name} did not run: {reason}" for name, reason in result["skipped"].items()]
    wrong = {(run["contender"], run["problem"].replace("\n", " ")) for run in result["runs"] if run["problem"]}
    return lines + [f"- **{name} failed**: {problem}" for name, problem in sorted(wrong)]


def plot(results: list[dict[str, Any]], path: Path) -> None:
    """Draw bars of the median seconds, a panel for each dataset; the suffix of the path decides the file format."""
    import matplotlib as mpl  # takes a second to import, and the guard does not need it

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    height = 0.8 + sum(0.6 + 0.3 * len(summaries(result)) for result in results)
    ratios = [2 + len(summaries(result)) for result in results]
    figure, panels = plt.subplots(
        len(results), 1, figsize=(8, height), squeeze=False, height_ratios=ratios, layout="constrained"
    )
    for panel, result in zip(panels[:, 0], results, strict=True):
        _draw(panel, result)
    figure.savefig(path)


def _draw(panel: Any, result: dict[str, Any]) -> None:
    shown = list(summaries(result).values())
    colours = ["#1f6f8b" if each.name.startswith("ours") else "#b8b8b8" for each in shown]
    bars = panel.barh([each.name for each in shown], [each.seconds for each in shown], color=colours)
    panel.bar_label(bars, [f"{each.seconds:.2f} s, {each.peak_bytes / 1e6:.0f} MB" for each in shown], padding=3)
    panel.invert_yaxis()
    panel.margins(x=0.25)
    dataset = result["dataset"]
    panel.set_title(
        f"{dataset['profile']}, {dataset['content_bytes'] / 1e9:.2g} GB: median seconds, peak memory", loc="left"
    )
    panel.spines[["top", "right"]].set_visible(False)


def main() -> None:
    """Write the table and the plot of the named results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, help="JSON files of benchmarks.run")
    parser.add_argument("--markdown", type=Path, help="where the tables go; default: report.md beside the first result")
    parser.add_argument("--plot", type=Path, help="where the plot goes, .svg or .png; default: report.svg beside it")
    options = parser.parse_args()
    results = [json.loads(path.read_text()) for path in options.results]
    tables = options.markdown or options.results[0].with_name("report.md")
    tables.write_text("\n".join(markdown(result) for result in results))
    picture = options.plot or options.results[0].with_name("report.svg")
    plot(results, picture)
    print(f"{tables}\n{picture}")


if __name__ == "__main__":
    main()
