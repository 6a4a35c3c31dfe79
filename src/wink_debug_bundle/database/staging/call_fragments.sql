CREATE TABLE call_fragments (
    -- Tool calls, or parts of them, as found in each block of a log; dropped before the build ends.
    id INTEGER PRIMARY KEY,
    run_id INTEGER,
    artifact_id INTEGER NOT NULL,
    session_id TEXT,
    is_session_known INTEGER NOT NULL,
    tool_name TEXT NOT NULL,
    call_id TEXT,
    prompt_name TEXT,
    requested_log_id INTEGER,
    started_log_id INTEGER,
    ended_log_id INTEGER,
    requested_at TEXT,
    started_at TEXT,
    ended_at TEXT,
    duration_ms REAL,
    outcome TEXT,
    source_bits INTEGER NOT NULL
);
