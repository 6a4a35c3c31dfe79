CREATE TABLE logs (
    -- One row for each log record, in the order of the files.
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Position in the bundle; the only total order of records.
    session_id TEXT REFERENCES sessions(session_id),  -- Session of the record: its context's session_id, else the one its file belongs to.
    timestamp TEXT NOT NULL,  -- When it was logged, ISO 8601; '' if the record has none.
    level TEXT NOT NULL,  -- DEBUG, INFO, WARNING, ERROR or CRITICAL.
    logger TEXT NOT NULL,  -- Name of the logger.
    event TEXT,  -- Structured event name; '' for an ordinary log call, NULL if the record has none.
    message TEXT NOT NULL,  -- The log message.
    context TEXT,  -- JSON of the record's context payload.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Log file the record stands in.
    line INTEGER NOT NULL,  -- Its line in that file, counted from 1.
    extra TEXT  -- JSON object of the record's other keys; NULL without any.
);
