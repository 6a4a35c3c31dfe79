CREATE TABLE failures (
    -- One row for each thing that went wrong, with a signature that is the same for all failures of one cause.
    id INTEGER PRIMARY KEY,  -- Position in the bundle: runs, then samples, then tool calls, then errors of the logs.
    run_id INTEGER REFERENCES runs(id),  -- Run it happened in; NULL outside of runs.
    session_id TEXT REFERENCES sessions(session_id),  -- Session it happened in.
    kind TEXT NOT NULL,  -- 'run' (it ended with an exception), 'sample' (the run succeeded, the evaluation did not pass it), 'tool' (a call did not succeed) or 'log' (an error was logged that ended no call; of logs outside of runs, up to 64 MiB of them).
    name TEXT NOT NULL,  -- What failed: class of the exception; 'score' or 'error' of a sample; name of the tool; event of the log record, else its logger.
    signature TEXT NOT NULL,  -- What was said, without ids, numbers, paths, addresses, times and quoted values; at most 300 characters.
    message TEXT NOT NULL,  -- What was said, as it stands there; at most 1000 characters.
    timestamp TEXT,  -- When it failed, ISO 8601.
    call_id INTEGER REFERENCES calls(id),  -- Call that failed, for kind 'tool'.
    log_id INTEGER REFERENCES logs(id)  -- Log record that tells of it, if one does.
);
