"""The contenders: what each is, the profiles it can load, what it needs on the machine, and its command."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dataset import Dataset
from benchmarks.generate.profiles import PROFILES

LOGS_ONLY = frozenset({"logs", "transcripts"})
RUN_ZIPS = frozenset({"debug-zip", "evaluation", "evaluation-30", "workspace-evaluation"})
DIRECTORIES = frozenset(PROFILES) - RUN_ZIPS
EVERYTHING = frozenset(PROFILES)


@dataclass(frozen=True)
class Programs:
    """Commands outside this package, each a path or a name to look up."""

    ours: str
    wink: str

    def find(self, name: str) -> str | None:
        """Return the path of the program; one in the folder of the running Python is preferred."""
        beside = Path(sys.executable).parent / name
        return str(beside) if beside.exists() else shutil.which(name)


@dataclass(frozen=True)
class Task:
    """One run: what to read, where to write, and a finished bundle for the floor to copy."""

    dataset: Dataset
    output: Path
    bundle: Path | None
    programs: Programs


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    Attributes:
        name: Its name.
        about: What runs, for the report.
        profiles: The profiles that it can load.
        command: Returns the command line of a run.
        missing: Returns what the machine lacks for it, or None.
        database: The format of the output: sqlite, duckdb or none.
        suffix: The ending of the output's name.
        copies: Whether it copies a finished bundle.
        counted: The tables whose rows are compared, if not all; others of these names may mean something else.
    """

    name: str
    about: str
    profiles: frozenset[str]
    command: Callable[[Task], list[str]]
    missing: Callable[[Programs], str | None]
    database: str = "sqlite"
    suffix: str = ".db"
    copies: bool = False
    counted: frozenset[str] = frozenset()

    def tables(self, dataset: Dataset) -> list[str]:
        """Return the tables of the dataset whose rows are compared."""
        return [table for table in dataset.rows if not self.counted or table in self.counted]


def _python(name: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        return _contender(name, task.dataset.input, task.output)

    return command


def _contender(name: str, *paths: Path | str | None) -> list[str]:
    return [sys.executable, "-m", "benchmarks.contenders", name, *map(str, paths)]


def _create(task: Task, source: Path, jobs: int) -> list[str]:
    program = task.programs.find(task.programs.ours) or task.programs.ours
    options = ["--output", str(task.output), "--jobs", str(jobs), "--progress", "none", "--force"]
    return [program, "create", "--recursive", str(source), *options]


def _ours(jobs: int) -> Contender:
    def command(task: Task) -> list[str]:
        return _create(task, task.dataset.input, jobs)

    about = f"wink-debug-bundle create --jobs {jobs}"
    return Contender(f"ours-{jobs}", about, EVERYTHING, command, _needs_ours)


def _ours_decompressed(task: Task) -> list[str]:
    return _create(task, task.dataset.decompressed, 2)


def _floor(task: Task) -> list[str]:
    return _contender("floor", task.bundle, task.output)


def _floor_of_merge(task: Task) -> list[str]:
    return _contender("floor-of-merge", task.bundle, task.output)


def _floor_unpacked(task: Task) -> list[str]:
    return _contender("floor-unpacked", task.bundle, task.output, task.dataset.input)


def _merge(task: Task) -> list[str]:
    program = task.programs.find(task.programs.ours) or task.programs.ours
    return [program, "merge", str(task.bundle), "--output", str(task.output), "--progress", "none", "--force"]


def _wink_query(task: Task) -> list[str]:
    program = task.programs.find(task.programs.wink) or task.programs.wink
    return _contender("wink-query", task.dataset.input, task.output, program)


def _imports(_task: Task) -> list[str]:
    return [sys.executable, "-c", "import apsw, orjson, click"]


def _needs_ours(programs: Programs) -> str | None:
    return None if programs.find(programs.ours) else f"{programs.ours} is not installed"


def _needs_wink(programs: Programs) -> str | None:
    return None if programs.wink and programs.find(programs.wink) else "give --wink, the wink script of release 0.27"


def _needs_shell(_programs: Programs) -> str | None:
    return None if shutil.which("sqlite3") else "the sqlite3 shell is not installed"


def _needs(*modules: str) -> Callable[[Programs], str | None]:
    def missing(_programs: Programs) -> str | None:
        absent = [name for name in modules if importlib.util.find_spec(name) is None]
        return f"not installed: {', '.join(absent)}" if absent else None

    return missing


SPECIFICATION = Contender(
    "specification",
    "the specification's sample code, json and sqlite3",
    DIRECTORIES,
    _python("specification"),
    _needs(),
)
OURS = {jobs: _ours(jobs) for jobs in (1, 2, 4)}
CONTENDERS = {
    contender.name: contender
    for contender in (
        *OURS.values(),
        Contender("ours-2-unpacked", "ours with 2 jobs on the log and snapshot of the zip, unpacked beforehand",
                  frozenset({"debug-zip"}), _ours_decompressed, _needs_ours),
        SPECIFICATION,
        Contender("sqlite-utils", "sqlite-utils, insert_all", DIRECTORIES, _python("sqlite-utils"),
                  _needs("sqlite_utils")),
        Contender("shell", "sqlite3 shell, .import and ->>, no journal", LOGS_ONLY, _python("shell"), _needs_shell),
        Contender("duckdb", "DuckDB read_ndjson, 2 threads, no indexes", LOGS_ONLY, _python("duckdb"),
                  _needs("duckdb"), "duckdb"),
        Contender("duckdb-plain", "DuckDB read_ndjson without column types, 2 threads", LOGS_ONLY,
                  _python("duckdb-plain"), _needs("duckdb"), "duckdb"),
        Contender("duckdb-indexed", "DuckDB read_ndjson, 2 threads, four indexes", LOGS_ONLY,
                  _python("duckdb-indexed"), _needs("duckdb"), "duckdb"),
        Contender("duckdb-sqlite", "DuckDB read_ndjson, 2 threads, into a SQLite file with the four indexes", LOGS_ONLY,
                  _python("duckdb-sqlite"), _needs("duckdb", "duckdb_ext")),
        Contender("wink-query", "wink query of weakincentives 0.27, once for each zip",
                  frozenset({"debug-zip", "evaluation-30"}), _wink_query, _needs_wink, suffix=".zips",
                  counted=frozenset({"logs"})),
        Contender("floor", "copy of the finished tables, no journal, and their indexes", EVERYTHING, _floor,
                  _needs("apsw"), copies=True),
        Contender("floor-unpacked", "the floor, and every byte of every zip unpacked once, in one process", RUN_ZIPS,
                  _floor_unpacked, _needs("apsw"), copies=True),
        Contender("floor-of-merge", "the floor, with another id for each row", EVERYTHING, _floor_of_merge,
                  _needs("apsw"), copies=True),
        Contender("merge", "wink-debug-bundle merge of the finished bundle by itself",
                  EVERYTHING, _merge, _needs_ours, copies=True),
        Contender("imports", 'python -c "import apsw, orjson, click"', frozenset({"sample"}), _imports,
                  _needs("apsw", "orjson", "click"), "none"),
    )
}  # fmt: skip
"""By name, in the order of tables and plots."""
