"""Build a bundle: the whole way, in a page."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import apsw

from .._version import __version__
from ..artifacts.reading import Piece
from ..artifacts.source import Kind, Source
from ..database.connection import close_finished, open_new
from ..database.schema import SCHEMA_VERSION, create_tables, create_views, index_statements, settle_statements
from ..database.writing import write_rows
from ..errors import BundleBuildError, BundleError
from ..events import Event, emit
from ..records import BundleMetaRow, SessionRow
from .digests import Digests
from .load import load
from .output import under_construction
from .plan import Artifact, SessionGuess, in_order, total_bytes
from .summary import Account, BuildSummary


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What the person who asks for a bundle decides."""

    output: Path
    source_directory: str | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    force: bool = False


def build(sources: Iterable[Source], settings: BuildSettings) -> BuildSummary:
    """Build a bundle of `sources` at the settings' output.

    Raises:
        BundleError: there is nothing to build from.
        BundleExistsError: the output is there already.
        BundleBuildError: the bundle could not be written; the output path is as it was.
    """
    started = time.monotonic()
    artifacts = in_order(sources)
    _require_usable(artifacts, settings)
    meta = _meta(settings)
    emit(
        Event.CREATE,
        path=str(settings.output),
        bundle_id=meta.bundle_id,
        source_directory=settings.source_directory,
    )
    account = Account(artifacts)
    with _write_errors(settings.output), under_construction(settings.output, force=settings.force) as partial:
        connection = open_new(partial, total_bytes(artifacts))
        try:
            _fill(connection, account, meta, settings.output.parent)
            close_finished(connection)
        finally:
            connection.close(force=True)
    return account.summary(settings.output, meta.bundle_id, time.monotonic() - started)


def _fill(connection: apsw.Connection, account: Account, meta: BundleMetaRow, scratch: Path) -> None:
    """Write everything that a bundle holds into the empty database."""
    create_tables(connection)
    with Digests(account.artifacts) as digests:
        snapshots = [artifact for artifact in account.artifacts if artifact.source.kind is Kind.SNAPSHOTS]
        load(connection, (_piece(artifact, artifact.session_in_name, scratch) for artifact in snapshots), account)
        guess = SessionGuess(account.artifacts, _parents(connection), _dumped(connection))
        guesses = {artifact: guess.of(artifact) for artifact in account.artifacts if artifact not in snapshots}
        write_rows(connection, [SessionRow(session, None, "", None, "path") for session in _used(guesses)])
        load(connection, (_piece(artifact, session, scratch) for artifact, session in guesses.items()), account)
        write_rows(connection, account.artifact_rows(digests))
    write_rows(connection, [meta])
    for statement in [*index_statements(), *settle_statements()]:
        connection.execute(statement)
    create_views(connection)


def _used(guesses: Mapping[Artifact, str | None]) -> list[str]:
    """The sessions among `guesses`, each once, in their order."""
    return list(dict.fromkeys(session for session in guesses.values() if session is not None))


def _piece(artifact: Artifact, session: str | None, scratch: Path) -> Piece:
    return Piece(artifact.id, artifact.source, session, scratch)


def _parents(connection: apsw.Connection) -> dict[str, str | None]:
    return dict(connection.execute("SELECT session_id, parent_session_id FROM sessions"))


def _dumped(connection: apsw.Connection) -> Sequence[tuple[int, str]]:
    return list(connection.execute("SELECT DISTINCT artifact_id, session_id FROM snapshots"))


def _meta(settings: BuildSettings) -> BundleMetaRow:
    return BundleMetaRow(
        id=1,
        bundle_id=str(uuid.uuid4()),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        wink_version=__version__,
        schema_version=SCHEMA_VERSION,
        source_directory=settings.source_directory,
        description=settings.description,
        tags=json.dumps(dict(settings.tags), ensure_ascii=False),
    )


def _require_usable(artifacts: Sequence[Artifact], settings: BuildSettings) -> None:
    if any(artifact.source.kind is not Kind.UNKNOWN for artifact in artifacts):
        return
    place = settings.source_directory or "the files given"
    found = "".join(f"\n  {artifact.source.name}: {artifact.source.reason}" for artifact in artifacts[:10])
    more = f"\n  and {len(artifacts) - 10} more" if len(artifacts) > 10 else ""
    raise BundleError(f"No artifacts found in {place}{found}{more}")


@contextmanager
def _write_errors(output: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say of the output into one clear error."""
    try:
        yield
    except apsw.FullError as error:
        raise BundleBuildError(f"{output}: the disk is full ({error}); nothing was written") from error
    except (apsw.Error, OSError) as error:
        raise BundleBuildError(f"{output}: the bundle could not be written: {error}") from error
