"""Say which columns of a bundle hold ids that count its own rows, and which artifact each row is of.

Such ids mean nothing in another bundle: when rows are copied, each gets what was added to the ids of the rows that it
names. Ids that mean the same everywhere (of sessions, of events, hashes of blobs) are text, and are copied as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

_ARTIFACT = "artifacts"

ID_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "logs": {"id": "logs", "artifact_id": _ARTIFACT},
    "slice_items": {"id": "slice_items", "snapshot_id": "snapshots"},
    "tool_invocations": {"snapshot_id": "snapshots"},
    "prompt_events": {"snapshot_id": "snapshots"},
    "files": {"id": "files", "artifact_id": _ARTIFACT},
    "artifacts": dict.fromkeys(("id", "container_id", "archive_id", "original_id"), _ARTIFACT),
    "snapshots": {"id": "snapshots", "artifact_id": _ARTIFACT},
    "ledger": {"id": "ledger", "artifact_id": _ARTIFACT},
    "problems": {"id": "problems", "artifact_id": _ARTIFACT},
    "raw_records": {"artifact_id": _ARTIFACT},
    "line_forms": {"artifact_id": _ARTIFACT},
    "zip_parts": {"artifact_id": _ARTIFACT},
    "duplicate_lines": {"artifact_id": _ARTIFACT},
    "runs": {"id": _ARTIFACT},
    "run_members": {"id": "run_members", "run_id": _ARTIFACT},
    "environment": {"id": "environment", "run_id": _ARTIFACT},
    "entries": {"id": "entries", "run_id": _ARTIFACT, "log_id": "logs"},
    "calls": {
        "id": "calls",
        "run_id": _ARTIFACT,
        **dict.fromkeys(("requested_log_id", "started_log_id", "ended_log_id"), "logs"),
        **dict.fromkeys(("use_entry_id", "result_entry_id"), "entries"),
    },
    "failures": {"id": "failures", "run_id": _ARTIFACT, "call_id": "calls", "log_id": "logs"},
    "prompt_parts": {"id": "prompt_parts", "run_id": _ARTIFACT},
}
"""For each table that is copied, its columns with ids of rows, and the table whose rows are counted."""

_OF_SNAPSHOT = "(SELECT artifact_id FROM source.snapshots WHERE id = snapshot_id)"

_OF_CALL = """
coalesce(
    run_id,
    (
        SELECT artifact_id FROM source.logs
        WHERE logs.id = coalesce(
            requested_log_id,
            started_log_id,
            ended_log_id,
            (SELECT log_id FROM source.entries WHERE entries.id = coalesce(use_entry_id, result_entry_id))
        )
    ),
    (
        SELECT snapshots.artifact_id FROM source.tool_invocations AS events
        JOIN source.snapshots ON snapshots.id = events.snapshot_id
        WHERE events.event_id = calls.event_id
    )
)
"""

OWNER: Mapping[str, str] = {
    **dict.fromkeys(
        ("logs", "files", "snapshots", "ledger", "problems", "raw_records", "line_forms", "zip_parts"), "artifact_id"
    ),
    "duplicate_lines": "artifact_id",
    **dict.fromkeys(("slice_items", "tool_invocations", "prompt_events"), _OF_SNAPSHOT),
    "artifacts": "id",
    "runs": "id",
    **dict.fromkeys(("run_members", "environment", "failures", "prompt_parts"), "run_id"),
    "calls": _OF_CALL,
    "entries": "(SELECT artifact_id FROM source.logs WHERE id = log_id)",
}
"""For each table that is copied, SQL for the artifact that a row of the bundle `source` is of; NULL if it is of none."""

SHARED_TABLES = ("sessions", "times", "blobs", "blob_chunks")
"""Tables with keys that mean the same in every bundle; each of their rows is copied once."""

NEW_TABLES = ("bundle_meta", "slice_views", "digests", "redactions")
"""Tables that are written anew for the whole."""
