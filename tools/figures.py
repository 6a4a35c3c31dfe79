"""Measure the size and shape of the code: `python tools/figures.py [--folder src/wink_debug_bundle]`.

Prints a Markdown table of figures that can be held beside those of another commit, or of another project. Sizes are
lines; a function's body is counted without its docstring. D401 is ruff's rule that a docstring begins with an
imperative; ruff must be installed for it.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.AST, *, is_public: bool = True) -> Iterator[tuple[Function, bool]]:
    """Yield each function below `tree`, and whether its name and those of the classes around it are public."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            public = is_public and not node.name.startswith("_")
            yield node, public
            yield from functions_of(node, is_public=False)
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node, is_public=is_public and not node.name.startswith("_"))
        else:
            yield from functions_of(node, is_public=is_public)


def body_length(function: Function) -> int:
    """Return the number of lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def is_annotated(function: Function) -> bool:
    """Return whether the result and every argument but `self` and `cls` has a type."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    arguments += [star for star in (function.args.vararg, function.args.kwarg) if star is not None]
    return function.returns is not None and all(
        argument.annotation is not None for argument in arguments if argument.arg not in {"self", "cls"}
    )


def spread(sizes: Sequence[int]) -> str:
    """Return median, 95th percentile and maximum of `sizes`."""
    ordered = sorted(sizes)
    return f"{statistics.median(ordered):.0f} / {ordered[int(0.95 * (len(ordered) - 1))]} / {ordered[-1]}"


def percent(flags: Sequence[bool]) -> str:
    """Return the share of true values, in percent."""
    return f"{100 * sum(flags) / max(len(flags), 1):.0f}"


def imperative_faults(folder: Path) -> str:
    """Return the number of docstrings that D401 refuses, or `?` where ruff is not installed."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "D401", "--ignore-noqa", "--no-cache"]
    done = subprocess.run(
        [*command, "--exit-zero", "--output-format", "json", str(folder)], capture_output=True, check=False
    )
    return str(len(json.loads(done.stdout))) if done.returncode == 0 else "?"


def figures(folder: Path) -> dict[str, str]:
    """Return the figures of the Python files below `folder`, by name."""
    paths = sorted(path for path in folder.rglob("*.py") if "_vendor" not in path.parts)
    texts = [path.read_text(encoding="utf-8") for path in paths]
    functions = [found for text in texts for found in functions_of(ast.parse(text))]
    public = [function for function, is_public in functions if is_public]
    lines = [text.count("\n") for text in texts]
    return {
        "modules / lines": f"{len(paths)} / {sum(lines)}",
        "module median / p95 / max": spread([size for size in lines if size > 1]),
        "function body median / p95 / max": spread([body_length(function) for function, _ in functions]),
        "public functions annotated %": percent([is_annotated(function) for function in public]),
        "public functions documented %": percent([ast.get_docstring(function) is not None for function in public]),
        "docstrings that are not imperative (D401)": imperative_faults(folder),
        "most Python files in one folder": str(max(Counter(path.parent for path in paths).values())),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "src" / "wink_debug_bundle")
    options = parser.parse_args()
    print("| figure | value |\n| --- | --- |")
    for name, value in figures(options.folder).items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
