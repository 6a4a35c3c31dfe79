CREATE TABLE calls (
    -- One row for each tool call, whoever tells of it; tool_calls is the same with what was given and returned. Logs outside of runs are asked only if they are no more than 64 MiB together, else the sessions alone.
    id INTEGER PRIMARY KEY,  -- Position in the bundle; calls of a run follow in the order in which they were asked for.
    run_id INTEGER REFERENCES runs(id),  -- Run the call belongs to; NULL outside of runs.
    session_id TEXT REFERENCES sessions(session_id),  -- Session that called the tool, where anything tells; else that of the log.
    tool_name TEXT NOT NULL,  -- Name of the tool, without the prefix by which an agent calls the library's tools.
    call_id TEXT,  -- The provider's id of the call, from whichever source has it.
    prompt_name TEXT,  -- Prompt under evaluation.
    outcome TEXT NOT NULL,  -- 'succeeded', 'failed' (the tool said so), 'raised' (the handler did), 'rejected' (for its parameters; in bridges also a handler's TypeError), 'denied' (by a policy), 'expanded' (a section was opened instead) or 'unknown'.
    success INTEGER,  -- 1 for 'succeeded' and 'expanded', NULL for 'unknown', else 0.
    duration_ms REAL,  -- What it took by the clock of the log, which no release records: from its start, or from the hook before it; NULL without.
    source TEXT NOT NULL,  -- Who tells of it, of 'slices', 'tool.execution', 'bridge', 'hook' and 'transcript', with commas between.
    requested_log_id INTEGER REFERENCES logs(id),  -- Record of the hook or transcript that tells what was asked for.
    started_log_id INTEGER REFERENCES logs(id),  -- Record of its start.
    ended_log_id INTEGER REFERENCES logs(id),  -- Record of its end: completion, exception, refusal.
    event_id TEXT REFERENCES tool_invocations(event_id),  -- The ToolInvoked event in a session.
    use_entry_id INTEGER REFERENCES entries(id),  -- The call in the transcript.
    result_entry_id INTEGER REFERENCES entries(id)  -- Its result in the transcript.
);
