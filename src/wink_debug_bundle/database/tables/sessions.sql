CREATE TABLE sessions (
    -- One row for each session that any artifact names.
    session_id TEXT PRIMARY KEY,  -- Id of the session; the library uses UUIDs. [path]
    parent_session_id TEXT REFERENCES sessions(session_id),  -- Session that started this one; NULL for a root. [path]
    created_at TEXT NOT NULL,  -- Earliest known time, ISO 8601: of its first snapshot, else of its first log record or
    -- the start of its run; '' if none is known. [keep]
    tags TEXT,  -- JSON object of the session's tags, from its last snapshot; NULL without a snapshot. [json]
    source TEXT NOT NULL,  -- Strongest evidence of the session: 'snapshot', 'log', 'run' (a run's manifest names it),
    -- 'path' (a file or folder is named after it) or 'reference' (only an event, or another session as its parent or
    -- child, names it). [keep]
    evaluation TEXT  -- Evaluation that the session belongs to: that of its snapshots, else of its run, its log or its
    -- files; NULL if it needs no name. [path]
);
