"""Write the trajectories of a bundle's runs into a folder."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import orjson

from ...database.connection import protected_files
from ...errors import BundleError
from ...fidelity.confined_folder import ConfinedFolder
from ...terminal_text import visible_in_json
from ..agent_runs.agent_data import AgentRun
from ..agent_runs.run_reading import agent_runs
from ..agent_runs.unit_words import UnitWords
from .trajectory import trajectory_of

_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_LONGEST_LABEL = 100
"""Bytes of the part of a file's name that says which run it is."""


class ExportedTrajectories(NamedTuple):
    """What an export of trajectories wrote: the folder, and how many files."""

    path: Path
    file_count: int


def write_trajectories(
    connection: sqlite3.Connection, folder: Path, *, run: str | None = None, force: bool = False
) -> ExportedTrajectories:
    """Write each run as a file into the folder, which is created; each file appears when it is complete.

    Args:
        connection: A bundle.
        folder: Where to write.
        run: Name of the only run to write, as for `show`.
        force: Whether to write into a folder that is not empty, and replace files of the same names.

    Raises:
        BundleExistsError: the folder is not empty and `force` is not set.
        BundleError: the folder or a file in it cannot be written; there is no such run.
    """
    words = UnitWords(connection)
    count = 0
    runs = agent_runs(connection, run)
    first = next(runs, None)  # before the folder is made: there may be no such run
    try:
        with closing(ConfinedFolder(folder, force=force, protected=protected_files(connection))) as confined:
            while first is not None:
                count += 1
                text = visible_in_json(orjson.dumps(trajectory_of(first, words)).decode())
                confined.write_whole(file_name(count, first), f"{text}\n".encode())
                first = next(runs, None)
    except OSError as error:
        raise BundleError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return ExportedTrajectories(folder, count)


def file_name(number: int, run: AgentRun) -> bytes:
    """Return the name of a run's file: its number among the files, and its sample or id as far as names can have it."""
    facts = run.facts
    only = run.samples[0].sample_id if len(run.samples) == 1 else None
    label = facts.sample_id or only or facts.request_id or facts.bundle_id or facts.session_id or "run"
    safe = _NOT_IN_NAMES.sub("_", label).encode()[:_LONGEST_LABEL].decode("utf-8", "ignore")
    return f"{number:05}-{safe}.json".encode()
