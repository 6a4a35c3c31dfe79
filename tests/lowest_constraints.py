"""Write `lowest-constraints.txt`: the lowest version of each dependency that pyproject.toml allows.

python tests/lowest_constraints.py            write the file
python tests/lowest_constraints.py --check    exit with 1 if the file is not what would be written
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

CONSTRAINTS = Path(__file__).with_name("lowest-constraints.txt")
PROJECT = Path(__file__).parents[1] / "pyproject.toml"

HEADER = """\
# The lowest versions that pyproject.toml allows; `tox run -e lowest` runs the tests with them.
# Written by `python tests/lowest_constraints.py`.
"""


def constraints() -> str:
    """Return the text of the file."""
    dependencies = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    return HEADER + "".join(f"{lowest(dependency)}\n" for dependency in dependencies)


def lowest(dependency: str) -> str:
    """Return the pin of a dependency's lower bound.

    Raises:
        SystemExit: it has none.
    """
    found = re.match(r"([\w.-]+)>=([\w.]+)", dependency)
    if found is None:
        sys.exit(f"{PROJECT}: {dependency!r} has no lower bound; write it as name>=version")
    return f"{found[1]}=={found[2]}"


def main() -> None:
    """Write the file, or compare it."""
    text = constraints()
    if "--check" not in sys.argv[1:]:
        CONSTRAINTS.write_text(text, encoding="utf-8")
    elif not CONSTRAINTS.is_file() or CONSTRAINTS.read_text(encoding="utf-8") != text:
        sys.exit(f"{CONSTRAINTS} is not what {PROJECT.name} says: run python tests/{Path(__file__).name}")


if __name__ == "__main__":
    main()
