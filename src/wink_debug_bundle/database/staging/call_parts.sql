CREATE TABLE call_parts (
    -- Tool calls as the blocks of logs tell them; gone when the build is over.
    id INTEGER PRIMARY KEY,
    run_id INTEGER,
    artifact_id INTEGER NOT NULL,
    session_id TEXT,
    is_session_told INTEGER NOT NULL,
    tool_name TEXT NOT NULL,
    call_id TEXT,
    prompt_name TEXT,
    asked_log_id INTEGER,
    started_log_id INTEGER,
    ended_log_id INTEGER,
    asked_at TEXT,
    started_at TEXT,
    ended_at TEXT,
    duration_ms REAL,
    outcome TEXT,
    sources INTEGER NOT NULL
);
