"""Log what was imported of each artifact."""

from __future__ import annotations

import apsw

from ..artifacts.source import Kind
from ..events import Event, emit
from .totals import Account

_SNAPSHOTS = "SELECT artifact_id, count(DISTINCT session_id), sum(slice_count) FROM snapshots GROUP BY artifact_id"


def announce_imports(connection: apsw.Connection, account: Account) -> None:
    """Emit one event for each artifact that was read."""
    snapshots = {artifact: counts for artifact, *counts in connection.execute(_SNAPSHOTS)}
    for artifact in account.artifacts:
        path = artifact.source.label
        records = account.records_of(artifact)
        match artifact.source.kind:
            case Kind.SNAPSHOTS:
                sessions, slices = snapshots.get(artifact.id, (0, 0))
                emit(Event.IMPORT_SNAPSHOT, path=path, session_count=sessions, slice_count=slices)
            case Kind.LOGS | Kind.TRANSCRIPT:
                emit(Event.IMPORT_LOGS, path=path, record_count=records)
            case Kind.ARCHIVE:
                emit(Event.IMPORT_ARCHIVE, path=path, file_count=records)
            case Kind.RUN:
                emit(Event.IMPORT_RUN, path=path, member_count=records)
