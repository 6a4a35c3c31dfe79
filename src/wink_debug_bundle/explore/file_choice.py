"""Find the file that a path means among the archives of a bundle: by its archive, run, sample or session."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from ..errors import BundleError
from .naming.known_names import check_name
from .naming.settled_names import settled_run, settled_session
from .story.reading import read_now

_CANDIDATES = """
SELECT artifacts.path, files.archive_id, files.content, files.sha256, files.member, artifacts.id
FROM files JOIN artifacts ON artifacts.id = files.artifact_id
WHERE files.path = :path AND {chosen}
ORDER BY files.artifact_id, files.member
"""

_CHOSEN = """
    (:archive IS NULL OR :archive IN (files.archive_id, artifacts.path))
    AND (:session IS NULL OR files.session_id = :session)
    AND (:sample IS NULL OR files.artifact_id IN (SELECT run_id FROM sample_results WHERE sample_id = :sample))
    AND (:run IS NULL OR files.session_id = :run OR files.artifact_id IN (
        SELECT id FROM runs WHERE :run IN (CAST(id AS TEXT), sample_id, session_id, bundle_id, execution_id)
    ))
"""

_PATHS = f"""
SELECT DISTINCT files.path
FROM files JOIN artifacts ON artifacts.id = files.artifact_id
WHERE {_CHOSEN}
ORDER BY files.path
LIMIT 10000
"""

_OWNERS = """
SELECT (SELECT runs.id FROM runs WHERE runs.id = files.artifact_id),
    (SELECT runs.sample_id FROM runs WHERE runs.id = files.artifact_id), files.session_id
FROM files
WHERE files.artifact_id = ?
LIMIT 1
"""

_SHOWN = 3
"""Examples of each choice that a message names."""

_LISTED = 10
"""Archives that a message names."""


@dataclass(frozen=True, slots=True)
class FileChoice:
    """Which of the archives that hold a path is meant; None is any."""

    archive: str | None = None
    """The archive's id or path."""
    run: str | None = None
    """The run's number, sample, session, bundle id or execution id."""
    sample: str | None = None
    session: str | None = None

    def __str__(self) -> str:
        """Return the choice for messages, like `run 36`; "the bundle" if nothing is chosen."""
        return ", ".join(f"{name} {value}" for name, value in asdict(self).items() if value is not None) or "the bundle"

    def settled(self, connection: sqlite3.Connection) -> FileChoice:
        """Return the choice with the run and session by names in the tables.

        Raises:
            BundleError: the bundle has no such run, sample or session.
        """
        if self.sample is not None:
            check_name(connection, "sample", self.sample)
        run = None if self.run is None else read_now(connection, settled_run(self.run))
        session = None if self.session is None else read_now(connection, settled_session(self.session))
        return replace(self, run=run, session=session)


ANY = FileChoice()


class StoredFile(NamedTuple):
    """One file of a bundle: its archive, and its text or the hash of its blob."""

    artifact: str
    archive_id: str
    content: str | None
    sha256: str | None
    member: int
    artifact_id: int


def find_files(connection: sqlite3.Connection, path: str, choice: FileChoice) -> list[StoredFile]:
    """Return the files of one archive that have the path, the one that extracting the archive leaves last.

    Raises:
        BundleError: several archives hold one.
    """
    sql = _CANDIDATES.format(chosen=_CHOSEN)
    found = [StoredFile(*row) for row in connection.execute(sql, {"path": path, **asdict(choice)})]
    archives = {stored.artifact_id: stored.artifact for stored in found}
    if len(archives) > 1:
        raise BundleError(f"{path}: {_choices(connection, archives)}")
    return found


def known_paths(connection: sqlite3.Connection, choice: FileChoice) -> list[str]:
    """Return the first paths of files among which the choice leaves."""
    return [path for (path,) in connection.execute(_PATHS, asdict(choice))]


def _choices(connection: sqlite3.Connection, archives: Mapping[int, str]) -> str:
    """Return the message about several archives that hold a file: how many, and how to choose one."""
    named = sorted(archives.values())
    count = f"{len(archives):,} archives hold it"
    owners = [connection.execute(_OWNERS, (artifact,)).fetchone() for artifact in list(archives)[:_LISTED]]
    runs, samples, sessions = ([each for each in column if each is not None] for column in zip(*owners, strict=True))
    ways = [_way("run", runs), _way("sample", samples), _way("session", sessions)]
    if not runs or not any(ways):
        return f"{count}; name one of them: {', '.join(named[:_LISTED])}"
    return f"{count}; choose one by {', '.join(filter(None, ways))} or --archive ({named[0]} …)"


def _way(option: str, values: Sequence[object]) -> str:
    """Return an option with examples of its value; "" if there are none."""
    examples = [str(value) for value in dict.fromkeys(values)][:_SHOWN]
    return f"--{option} ({', '.join(examples)} …)" if examples else ""
