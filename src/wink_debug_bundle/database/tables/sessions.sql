CREATE TABLE sessions (
    -- Every session that a snapshot, a log record, a file's name or a child names.
    session_id TEXT PRIMARY KEY,  -- The session's UUID.
    parent_session_id TEXT REFERENCES sessions(session_id),  -- Session that started this one; NULL for a root.
    created_at TEXT NOT NULL,  -- Earliest time known of it, ISO 8601: its first snapshot, else its first log record; '' if none is known.
    tags TEXT,  -- JSON object of the session's tags, from its last snapshot; NULL without a snapshot.
    source TEXT NOT NULL  -- Strongest evidence of the session: 'snapshot', 'log', 'run' (a run's manifest names it), 'path' (a file or folder bears its id) or 'reference' (a child names it).
);
