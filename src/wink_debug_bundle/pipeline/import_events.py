"""Log what was imported from each artifact."""

from __future__ import annotations

import apsw

from ..column_values import ArtifactKind
from ..events import Event, emit
from .totals import BuildTotals

_SNAPSHOTS = "SELECT artifact_id, count(DISTINCT session_id), sum(slice_count) FROM snapshots GROUP BY artifact_id"


def log_imports(connection: apsw.Connection, totals: BuildTotals) -> None:
    """Log one event for each artifact that was read."""
    snapshots = {artifact: counts for artifact, *counts in connection.execute(_SNAPSHOTS)}
    for artifact in totals.artifacts:
        path = artifact.source.label
        records = totals.records_of(artifact)
        match artifact.source.kind:
            case ArtifactKind.SNAPSHOTS:
                sessions, slices = snapshots.get(artifact.id, (0, 0))
                emit(Event.IMPORT_SNAPSHOT, path=path, session_count=sessions, slice_count=slices)
            case ArtifactKind.LOGS | ArtifactKind.TRANSCRIPT:
                emit(Event.IMPORT_LOGS, path=path, record_count=records)
            case ArtifactKind.ARCHIVE:
                emit(Event.IMPORT_ARCHIVE, path=path, file_count=records)
            case ArtifactKind.RUN:
                emit(Event.IMPORT_RUN, path=path, member_count=records)
