CREATE TABLE failures (
    -- One row for each failure, with a signature that failures of the same cause share.
    id INTEGER PRIMARY KEY,  -- Position in the bundle: failures of runs, then of samples, tool calls and logs. [keep]
    run_id INTEGER REFERENCES runs(id),  -- Run in which it happened; NULL outside of runs. [keep]
    session_id TEXT REFERENCES sessions(session_id),  -- Session in which it happened; NULL if unknown. [path]
    kind TEXT NOT NULL,  -- What failed: 'run' (it ended with an exception), 'sample' (an evaluation
    -- did not pass it; outside of runs, also that it ended with an exception), 'tool' (a call did not succeed) or 'log'
    -- (an error was logged that ended no call; logs outside of runs are searched if they total 64 MiB or less, or with
    -- --calls-in-logs). [keep]
    name TEXT NOT NULL,  -- What failed: class of the exception, 'unknown' if it is not recorded; 'score' or 'error' of
    -- a sample; name of the tool; event of the log record, else its logger. [path]
    signature TEXT NOT NULL,  -- The message without ids, numbers, paths, addresses, times and quoted values; at most
    -- 300 characters. [text]
    message TEXT NOT NULL,  -- Message of the failure; at most 1000 characters. [text]
    timestamp TEXT,  -- When it failed, ISO 8601; NULL if unknown. [keep]
    call_id INTEGER REFERENCES calls(id),  -- Tool call that failed; NULL for other kinds. [keep]
    log_id INTEGER REFERENCES logs(id)  -- Log record of the failure, if there is one. [keep]
);
