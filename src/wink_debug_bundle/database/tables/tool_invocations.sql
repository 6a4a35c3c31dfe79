CREATE TABLE tool_invocations (
    -- One row for each ToolInvoked event, however many snapshots repeat it.
    event_id TEXT PRIMARY KEY,  -- UUID of the event.
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that called the tool.
    prompt_name TEXT NOT NULL,  -- Prompt under evaluation.
    adapter TEXT NOT NULL,  -- Provider adapter in use.
    tool_name TEXT NOT NULL,  -- Name of the tool.
    call_id TEXT,  -- The provider's id of the call.
    timestamp TEXT NOT NULL,  -- When the call ended, ISO 8601.
    params TEXT NOT NULL,  -- JSON of the parameters.
    result_success INTEGER NOT NULL,  -- 1 if the tool reported success, else 0.
    result_message TEXT,  -- Message of the result.
    result_value TEXT,  -- JSON of the result's value; NULL for no value.
    rendered_output TEXT,  -- Text that was returned to the model; some adapters cut it at 1000 characters.
    input_tokens INTEGER,  -- Input tokens of the model call, where the adapter counts them.
    output_tokens INTEGER,  -- Output tokens of the model call, where the adapter counts them.
    cached_tokens INTEGER,  -- Cached input tokens, where the adapter counts them.
    success_source TEXT NOT NULL,  -- Who says so: 'result' (its success flag), 'log' (the log of the same call) or 'assumed' (nothing says otherwise).
    snapshot_id INTEGER NOT NULL REFERENCES snapshots(id),  -- First snapshot that holds the event.
    item_index INTEGER NOT NULL  -- Position of the event in that snapshot's slice.
);
