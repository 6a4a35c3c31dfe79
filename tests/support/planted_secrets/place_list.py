"""Every place where a bundle can hold a secret: those of logs, sessions, files, runs and of the bundle itself."""

from __future__ import annotations

from support.planted_secrets.place import Place, Takes

_ATOMS = "SELECT tree.atom FROM {table}, json_tree({table}.{column}) AS tree WHERE tree.type = 'text'"
_KEYS = "SELECT tree.key FROM {table}, json_tree({table}.{column}) AS tree WHERE typeof(tree.key) = 'text'"
_MESSAGES = "SELECT message FROM logs"
_COMPRESSED = (
    "SELECT message FROM logs JOIN artifacts ON artifacts.id = logs.artifact_id WHERE artifacts.compression = '{}'"
)
_ENTRIES = "SELECT tree.atom FROM logs, json_tree(logs.context) AS tree WHERE event = 'transcript.entry' AND tree.type = 'text'"
_FACTS = "SELECT value FROM environment WHERE kind = '{}'"
_MEMBER = "SELECT content FROM run_members WHERE path = '{}'"
_ZIP_BLOBS = "SELECT blob_sha256 FROM zip_parts"


def _atoms(table: str, column: str) -> str:
    return _ATOMS.format(table=table, column=column)


def _keys(table: str, column: str) -> str:
    return _KEYS.format(table=table, column=column)


LOG_PLACES = (
    Place("log message", _MESSAGES, Takes.TEXT),
    Place("log context", _atoms("logs", "context"), Takes.TEXT),
    Place("log context key", _keys("logs", "context")),
    Place("setting in a context", "SELECT context FROM logs WHERE event = 'settings'", Takes.SETTING),
    Place("log extra", _atoms("logs", "extra")),
    Place("log event", "SELECT event FROM logs", Takes.NAME),
    Place("logger", "SELECT logger FROM logs", Takes.NAME),
    Place("long message", f"{_MESSAGES} WHERE length(message) > 6000", Takes.TEXT),
    Place("long context", f"{_atoms('logs', 'context')} AND length(tree.atom) > 6000", Takes.TEXT),
    Place("log in gzip", _COMPRESSED.format("gzip")),
    Place("log in zstd", _COMPRESSED.format("zstd")),
    Place("raw record", "SELECT raw FROM raw_records"),
    Place("broken line", "SELECT raw FROM problems WHERE raw IS NOT NULL"),
    Place("long broken line", "SELECT blob_sha256 FROM problems WHERE line IS NOT NULL", is_blob=True),
    Place("key block over records", f"SELECT group_concat(message, char(10)) FROM ({_MESSAGES} ORDER BY id)",
          Takes.KEY_BLOCK),
    Place("failure message", "SELECT message FROM failures"),
)  # fmt: skip
"""In logs outside of runs."""

COPY_PLACES = (
    Place("base64 of a value", f"{_MESSAGES} WHERE message LIKE 'payload %'", Takes.COPY),
    Place("base64 of a text", "SELECT context ->> '$.body' FROM logs", Takes.COPY),
    Place("base64 for addresses", f"{_MESSAGES} WHERE message LIKE 'GET /callback%'", Takes.COPY),
    Place("percent-encoded address", f"{_MESSAGES} WHERE message LIKE 'GET /login%'", Takes.COPY),
    Place("JSON in JSON", "SELECT context ->> '$.raw' FROM logs", Takes.COPY),
    Place("cut message", f"{_MESSAGES} WHERE message LIKE 'answered %'", Takes.COPY),
    Place("cut base64", "SELECT context ->> '$.start' FROM logs", Takes.COPY),
    Place("cut tool output", "SELECT rendered_output FROM tool_invocations", Takes.COPY),
)
"""Encoded and cut forms, in logs and tool calls."""

SESSION_PLACES = (
    Place("tool parameters", _atoms("tool_invocations", "params"), Takes.TEXT),
    Place("tool parameter by name", "SELECT params FROM tool_invocations WHERE tool_name = 'connect'", Takes.SETTING),
    Place("tool result message", "SELECT result_message FROM tool_invocations", Takes.TEXT),
    Place("tool result value", _atoms("tool_invocations", "result_value"), Takes.TEXT),
    Place("tool output", "SELECT rendered_output FROM tool_invocations"),
    Place("prompt text", "SELECT rendered_text FROM prompt_events", Takes.TEXT),
    Place("prompt result", _atoms("prompt_events", "result"), Takes.TEXT),
    Place("prompt section", "SELECT name FROM prompt_parts", Takes.NAME),
    Place("slice item", _atoms("slice_items", "payload"), Takes.TEXT),
    Place("slice key", _keys("slice_items", "payload")),
    Place("slice view", "SELECT sql FROM sqlite_master WHERE type = 'view'", Takes.NAME),
    Place("slice class", "SELECT slice_type FROM slice_items", Takes.NAME),
    Place("session tag", _atoms("sessions", "tags")),
    Place("session tag key", _keys("sessions", "tags"), Takes.NAME),
    Place("snapshot envelope", _atoms("snapshots", "envelope")),
)
"""In snapshots of sessions."""

FILE_PLACES = (
    Place("file text", "SELECT content FROM files", Takes.TEXT),
    Place("file name", "SELECT path FROM files", Takes.NAME, is_path=True),
    Place("large file", "SELECT sha256 FROM files WHERE content IS NULL AND NOT is_binary", Takes.TEXT, is_blob=True),
    Place("binary file", "SELECT sha256 FROM files WHERE is_binary", Takes.TEXT, is_blob=True),
    Place(
        "zip in an archive",
        "SELECT sha256 FROM files WHERE path = 'backup.zip'",
        Takes.TEXT,
        is_blob=True,
        is_packed=True,
    ),
    Place(
        "gzip in an archive",
        "SELECT sha256 FROM files WHERE path = 'dump.sql.gz'",
        Takes.TEXT,
        is_blob=True,
        is_packed=True,
    ),
    Place("archive comment", _ZIP_BLOBS, is_blob=True),
    Place("member comment", _ZIP_BLOBS, is_blob=True),
    Place("unrecognised file", "SELECT blob_sha256 FROM artifacts WHERE kind = 'unknown'", Takes.TEXT, is_blob=True),
    Place("unrecognised file's name", "SELECT path FROM artifacts WHERE kind = 'unknown'", Takes.NAME, is_path=True),
    Place("folder name", "SELECT path FROM artifacts", Takes.NAME, is_path=True),
    Place(
        "damaged archive",
        "SELECT blob_sha256 FROM problems WHERE member IS NOT NULL",
        Takes.TEXT,
        is_blob=True,
        is_packed=True,
    ),
)
"""In files and archives."""

RUN_PLACES = (
    Place("environment variable", _FACTS.format("variable"), Takes.TEXT),
    Place("sensitive variable", _FACTS.format("variable"), Takes.VARIABLE),
    Place("variable name", "SELECT name FROM environment WHERE kind = 'variable'", Takes.NAME),
    Place("host", _FACTS.format("system"), Takes.HOST),
    Place("package", _FACTS.format("package"), Takes.NAME),
    Place("command line", _FACTS.format("command")),
    Place("git fact", _FACTS.format("git")),
    Place("git diff", _MEMBER.format("environment/git.diff"), Takes.TEXT),
    Place("request", _MEMBER.format("request/input.json"), is_json=True),
    Place("answer", _MEMBER.format("request/output.json"), is_json=True),
    Place("read me", _MEMBER.format("README.txt"), Takes.TEXT),
    Place("metrics", _MEMBER.format("metrics.json"), is_json=True),
    Place("prompt override", _MEMBER.format("prompt_overrides.json"), Takes.NAME, is_json=True),
    Place("budget", _atoms("runs", "budget")),
    Place("worker id", "SELECT worker_id FROM runs", Takes.NAME),
    Place("trace id", "SELECT trace_id FROM runs", Takes.NAME),
    Place("run id", "SELECT bundle_id FROM runs", Takes.NAME),
    Place("error message", "SELECT error_message FROM runs", Takes.TEXT),
    Place("traceback", "SELECT traceback FROM runs", Takes.TEXT),
    Place("score reason", "SELECT score_reason FROM runs", Takes.TEXT),
    Place("sample error", "SELECT sample_error FROM runs", Takes.TEXT),
    Place("sample id", "SELECT sample_id FROM runs", Takes.NAME),
    Place("experiment", "SELECT experiment FROM runs", Takes.NAME),
    Place("transcript entry", _ENTRIES, Takes.TEXT),
    Place("transcript tool", _ENTRIES, Takes.TEXT),
    Place("file of a run", "SELECT content FROM files WHERE path LIKE 'notes/%'", Takes.TEXT),
)
"""In the zips of runs."""

BUNDLE_PLACES = (
    Place("description", "SELECT description FROM bundle_meta", Takes.TEXT),
    Place("bundle tag", _atoms("bundle_meta", "tags")),
    Place("bundle tag's key", _keys("bundle_meta", "tags"), Takes.NAME),
    Place("evaluation label", "SELECT evaluation FROM artifacts", Takes.NAME),
)
"""What the build is given."""

ALL_PLACES = LOG_PLACES + COPY_PLACES + SESSION_PLACES + FILE_PLACES + RUN_PLACES + BUNDLE_PLACES
"""Every place."""
