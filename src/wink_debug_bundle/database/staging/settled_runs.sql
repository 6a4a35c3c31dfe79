CREATE TABLE settled_runs (
    -- Runs whose calls were put together when they were read; dropped before the build ends.
    run_id INTEGER PRIMARY KEY,
    event_count INTEGER NOT NULL,  -- Number of its ToolInvoked events.
    log_id INTEGER NOT NULL,  -- Its last log record.
    fragments BLOB NOT NULL  -- JSON of its call fragments; their log records count from its last one.
);
