CREATE TABLE logs (
    -- One row for each log record, in the order of the files.
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Position in the bundle; the only total order of records. [keep]
    session_id TEXT REFERENCES sessions(session_id),  -- Session of the record: the one in its context, else the one its
    -- file belongs to, else NULL; ids that agents give their own sessions do not count. [path]
    timestamp TEXT NOT NULL,  -- When it was logged, ISO 8601; '' if the record has none. [keep]
    level TEXT NOT NULL,  -- Name of the level: DEBUG, INFO, WARNING, ERROR, CRITICAL or one that the application added,
    -- such as NOTICE or Level 35; '' if the record has none. [path]
    logger TEXT NOT NULL,  -- Name of the logger. [path]
    event TEXT,  -- Structured event name; '' for an ordinary log call, NULL if the record has none. JSON if it is not
    -- text; so are level, logger and message. [path]
    message TEXT NOT NULL,  -- The log message. [text]
    context TEXT,  -- JSON of the record's context; NULL if the record has none. [json]
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Log file that contains the record. [keep]
    line INTEGER NOT NULL,  -- Its line in that file, counted from 1. [keep]
    extra TEXT  -- JSON object of the record's other keys; NULL without any. [json]
);
