CREATE TABLE settled_runs (
    -- Runs whose calls, counts and prompt parts were settled when they were read; dropped before the build ends.
    run_id INTEGER PRIMARY KEY,
    event_count INTEGER NOT NULL,  -- Number of its ToolInvoked events.
    log_id INTEGER NOT NULL,  -- Its last log record.
    fragments BLOB NOT NULL,  -- JSON of its call fragments; their log records count from its last one.
    incomplete_prompts INTEGER NOT NULL  -- Number of its prompt descriptors that could not be read completely.
);
