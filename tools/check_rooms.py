"""Check that the rooms of the house are as `docs/architecture.md` says: `python tools/check_rooms.py`.

No module name is given twice, no folder holds more than 15 modules, each package says what it is for, and each SQL file
lies below the package whose code runs it; one module alone opens the files that a bundle is built from, and one alone
imports Datasette. The direction of imports is checked by import-linter.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "wink_debug_bundle"
MOST_MODULES = 15

DATASETTE_PARTS = "explore/web/datasette_release.py"
"""The only module that imports Datasette."""

OPENER = "artifacts/source_opener.py"
SOURCE_READERS = ("artifacts/", "pipeline/planning/", "pipeline/digests.py", "fidelity/comparison/")
"""The only module that opens sources, and where the modules are that read them."""


def repeated_names(modules: list[Path]) -> Iterator[str]:
    """Yield a fault for each name that several modules or packages have."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules:
        named = path.parent if path.stem == "__init__" else path.with_suffix("")
        places[named.name].append(str(named.relative_to(PACKAGE.parent)))
    for name, found in sorted(places.items()):
        if len(found) > 1:
            yield f"{name}: names {len(found)} modules ({', '.join(sorted(found))}); each name stands for one"


def full_folders(modules: list[Path]) -> Iterator[str]:
    """Yield a fault for each folder with more than MOST_MODULES modules."""
    counts: dict[Path, int] = defaultdict(int)
    for path in modules:
        counts[path.parent] += path.stem != "__init__"
    for folder, count in sorted(counts.items()):
        if count > MOST_MODULES:
            yield f"{folder.relative_to(PACKAGE.parent)}: {count} modules, more than {MOST_MODULES}; make a room of some"


def silent_packages(modules: list[Path]) -> Iterator[str]:
    """Yield a fault for each package without a docstring."""
    for path in modules:
        if path.stem == "__init__" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{path.relative_to(PACKAGE.parent)}: has no docstring that says what comes in and what goes out"


def strayed_sql() -> Iterator[str]:
    """Yield a fault for each SQL file whose name, or whose folder's, no module of the package around it mentions."""
    for path in sorted(PACKAGE.rglob("*.sql")):
        package = next(folder for folder in path.parents if (folder / "__init__.py").exists())
        code = "".join(module.read_text(encoding="utf-8") for module in package.glob("*.py"))
        names = {path.name, path.stem, path.parent.name} - {package.name}
        if not any(f'"{name}"' in code for name in names):
            yield f"{path.relative_to(PACKAGE.parent)}: no module of {package.name}/ runs it; put it beside the code that does"


def open_calls(modules: list[Path]) -> Iterator[str]:
    """Yield a fault for each call in the readers of sources that opens a file by itself, without the one opener."""
    for path in modules:
        place = path.relative_to(PACKAGE).as_posix()
        if place == OPENER or not place.startswith(SOURCE_READERS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and opens_file(node):
                yield f"{place}:{node.lineno}: opens a file by itself; let {OPENER} do it"


def datasette_imports(modules: list[Path]) -> Iterator[str]:
    """Yield a fault for each import of Datasette outside of the one module that knows its release."""
    for path in modules:
        place = path.relative_to(PACKAGE).as_posix()
        if place == DATASETTE_PARTS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            if any(name.partition(".")[0] == "datasette" for name in names):
                yield f"{place}:{node.lineno}: imports Datasette; let {DATASETTE_PARTS} do it"


def opens_file(call: ast.Call) -> bool:
    """Return whether the call is `open(...)`, `os.open(...)`, `path.open()` with or without a mode, or reads a whole file."""
    name = call.func
    if isinstance(name, ast.Name):
        return name.id == "open"
    if not isinstance(name, ast.Attribute):
        return False
    if name.attr in {"read_bytes", "read_text"} or (isinstance(name.value, ast.Name) and name.value.id in {"os", "io"}):
        return name.attr in {"open", "read_bytes", "read_text", "FileIO"}
    return name.attr == "open" and (not call.args or isinstance(call.args[0], ast.Constant))


def main() -> int:
    """Print the faults; return the exit code."""
    modules = sorted(PACKAGE.rglob("*.py"))
    faults = [
        *repeated_names(modules),
        *full_folders(modules),
        *silent_packages(modules),
        *strayed_sql(),
        *open_calls(modules),
        *datasette_imports(modules),
    ]
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
