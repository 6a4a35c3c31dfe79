"""Puts one question to `wink query` and to a bundle, on copies of the same zips."""

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
"""What the live objects of one run held, as `fixtures/README.md` describes it."""

Rows = list[tuple[Any, ...]]

_WINK = "import sys; from weakincentives.cli.wink import main; sys.exit(main())"
"""The library's own `wink`; in the same environment ours may have that name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered: rows, or the error that was given instead of them."""

    rows: Rows
    error: str | None = None


def equal(rows: Rows, live: Rows) -> bool:
    """Whether the rows are what the live objects held."""
    return rows == live


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as SQL for either database, and what the live objects answer.

    `folder` holds zips, below `fixtures`; `run` is the name of the one that is asked for, None for all of them.
    `change` changes the copy that is asked. `columns` name the values of a row. `agrees` says whether `wink query`
    is right, and `remark` what is to be said of it.
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
        """The title as an anchor."""
        return "-".join("".join(letter if letter.isalnum() else " " for letter in self.title.lower()).split())

    @property
    def source(self) -> str:
        """The zip or the folder that is asked, below `fixtures`."""
        release = self.folder.partition("/")[0]
        return self.folder if self.run is None else f"{release}/{self._runs()[0]['file']}"

    def expected(self) -> Rows:
        """What the live objects held."""
        return self.live(self._runs())

    def is_answered_by(self, answer: Answer) -> bool:
        """Whether the answer is right."""
        return answer.error is None and self.holds(answer.rows, self.expected())

    def copy(self, folder: Path) -> Path:
        """A copy of what is asked, in a new folder; `wink query` writes beside what it reads."""
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
    """What the library's `wink query` prints; its last word where it fails."""
    target = question.copy(folder)
    command = [sys.executable, "-c", _WINK, "query", target.name, question.theirs]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Answer([], done.stderr.strip().splitlines()[-1])
    return Answer([tuple(row.values()) for row in json.loads(done.stdout)])


def ask_bundle(question: Question, folder: Path) -> Answer:
    """What a bundle of the same zips answers."""
    target = question.copy(folder)
    source = target if target.is_dir() else folder
    with DebugBundle.from_directory(source, output=folder / "bundle.db", recursive=True) as bundle:
        return Answer([tuple(row) for row in bundle.query(question.ours)])
