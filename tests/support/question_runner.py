"""Questions that are put to `wink query` and to a bundle, on copies of the same zips."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wink_debug_bundle import DebugBundle

FIXTURES = Path(__file__).parents[2] / "fixtures"

Run = dict[str, Any]
"""What the library's live objects of one run held; `fixtures/README.md` describes it."""

Rows = list[tuple[Any, ...]]

_WINK = "import sys; from weakincentives.cli.wink import main; sys.exit(main())"
"""Code that runs the library's own `wink`, because the command of that name may be this package's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: rows, or the error message printed instead."""

    rows: Rows
    error: str | None = None


def equal(rows: Rows, live: Rows) -> bool:
    """Return whether the rows are what the live objects held."""
    return rows == live


@dataclass(frozen=True, slots=True)
class Question:
    """One question as SQL for both databases, and the right answer.

    `folder` holds zips, below `fixtures`; `run` is the name of the run in question, None for all runs of the folder.
    `theirs` is SQL for `wink query`, `ours` for a bundle; `live` returns the right answer. `columns` names the values
    of a row. `agrees` says whether `wink query` answers right, and `remark` explains its answer. `holds` compares an
    answer with the right one. `change` changes the copy of the zip before it is read.
    """

    title: str
    folder: str
    run: str | None
    columns: str
    theirs: str
    ours: str
    live: Callable[[Sequence[Run]], Rows]
    agrees: bool = True
    remark: str = ""
    holds: Callable[[Rows, Rows], bool] = equal
    change: Callable[[Path], None] | None = None

    @property
    def name(self) -> str:
        """Return the title as an anchor."""
        return "-".join("".join(letter if letter.isalnum() else " " for letter in self.title.lower()).split())

    @property
    def source(self) -> str:
        """Return the path of the zip or the folder in question, below `fixtures`."""
        release = self.folder.partition("/")[0]
        return self.folder if self.run is None else f"{release}/{self._runs()[0]['file']}"

    def expected(self) -> Rows:
        """Return the right answer: what the live objects held."""
        return self.live(self._runs())

    def is_answered_by(self, answer: Answer) -> bool:
        """Return whether the answer is right."""
        return answer.error is None and self.holds(answer.rows, self.expected())

    def copy(self, folder: Path) -> Path:
        """Copy the zip or the folder in question into a new folder, because `wink query` writes beside what it reads."""
        source, target = FIXTURES / self.source, folder / Path(self.source).name
        folder.mkdir()
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
        if self.change is not None:
            self.change(target)
        return target

    def _runs(self) -> list[Run]:
        release, _, name = self.folder.partition("/")
        loaded = json.loads((FIXTURES / release / "expected" / f"{name}.json").read_text(encoding="utf-8"))
        runs: list[Run] = loaded["runs"]
        return runs if self.run is None else [next(run for run in runs if run["name"] == self.run)]


def ask_wink_query(question: Question, folder: Path) -> Answer:
    """Return the rows that the library's `wink query` prints, or its last line of error output if it fails."""
    target = question.copy(folder)
    command = [sys.executable, "-c", _WINK, "query", target.name, question.theirs]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Answer([], done.stderr.strip().splitlines()[-1])
    return Answer([tuple(row.values()) for row in json.loads(done.stdout)])


def ask_bundle(question: Question, folder: Path) -> Answer:
    """Return the rows that a bundle of the same zips answers with."""
    target = question.copy(folder)
    source = target if target.is_dir() else folder
    with DebugBundle.from_directory(source, output=folder / "bundle.db", recursive=True) as bundle:
        return Answer([tuple(row) for row in bundle.query(question.ours)])
