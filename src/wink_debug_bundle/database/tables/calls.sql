CREATE TABLE calls (
    -- One row for each tool call, put together from all sources that record it; the view tool_calls adds parameters and
    -- results. Logs outside of runs are searched if they total 64 MiB or less, or with --calls-in-logs; otherwise calls
    -- outside of runs come from sessions alone.
    id INTEGER PRIMARY KEY,  -- Position in the bundle; calls of a run are in the order in which they were requested.
    -- [keep]
    run_id INTEGER REFERENCES runs(id),  -- Run the call belongs to; NULL outside of runs. [keep]
    session_id TEXT REFERENCES sessions(session_id),  -- Session that called the tool; if no source names it, the
    -- session of the log record. [path]
    tool_name TEXT NOT NULL,  -- Name of the tool, without the prefix under which agents call the library's tools.
    -- [path]
    call_id TEXT,  -- The provider's id of the call, from any source that has it; NULL if none has. [path]
    prompt_name TEXT,  -- Name of the prompt that was evaluated. [path]
    outcome TEXT NOT NULL,  -- How the call ended: 'succeeded', 'failed' (the tool reported an error), 'raised' (its
    -- handler raised an exception), 'rejected' (invalid parameters; through a bridge, also a TypeError in the handler),
    -- 'denied' (by a policy), 'expanded' (a collapsed section of the prompt was expanded instead) or 'unknown'. [keep]
    success INTEGER,  -- 1 if the outcome is succeeded or expanded, NULL if it is unknown, else 0. [keep]
    duration_ms REAL,  -- Milliseconds from the start of the call, or else from its request, to its end, by the times in
    -- the log; the library records no duration. NULL if unknown, and if ends_before_start is 1. [keep]
    source TEXT NOT NULL,  -- Where the call is recorded, separated by commas: 'slices' (a ToolInvoked event of a
    -- session), 'tool.execution' (log events of the library's tool executor), 'bridge' (of its bridge to an agent),
    -- 'hook' (of the agent's hooks) and 'transcript' (transcript entries). [keep]
    requested_log_id INTEGER REFERENCES logs(id),  -- Log record of the hook or transcript entry that requests the call;
    -- like the columns below, NULL without one. [keep]
    started_log_id INTEGER REFERENCES logs(id),  -- Log record of its start. [keep]
    ended_log_id INTEGER REFERENCES logs(id),  -- Log record of its end: completion, exception or refusal. [keep]
    event_id TEXT REFERENCES tool_invocations(event_id),  -- Its ToolInvoked event in a session. [path]
    use_entry_id INTEGER REFERENCES entries(id),  -- Its request in the transcript. [keep]
    result_entry_id INTEGER REFERENCES entries(id),  -- Its result in the transcript. [keep]
    ends_before_start INTEGER NOT NULL DEFAULT 0  -- 1 if the log has an earlier time for its end than for its start,
    -- because a clock was set back, so that its duration is unknown; else 0. [keep]
);
