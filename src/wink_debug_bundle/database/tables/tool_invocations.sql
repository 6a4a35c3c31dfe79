CREATE TABLE tool_invocations (
    -- One row for each ToolInvoked event, however many snapshots repeat it.
    event_id TEXT PRIMARY KEY,  -- UUID of the event; if it has none, a key made from its session, type and position.
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that called the tool.
    prompt_name TEXT NOT NULL,  -- Name of the prompt that was evaluated.
    adapter TEXT NOT NULL,  -- Provider adapter in use.
    tool_name TEXT NOT NULL,  -- Name of the tool.
    call_id TEXT,  -- The provider's id of the call; NULL if the event has none.
    timestamp TEXT NOT NULL,  -- When the call ended, ISO 8601.
    params TEXT NOT NULL,  -- JSON of the parameters; null if the event has none.
    result_success INTEGER NOT NULL,  -- 1 if the call succeeded, 0 if not; success_source says how this is known.
    result_message TEXT,  -- Message of the result; NULL without one.
    result_value TEXT,  -- JSON of the result's value; NULL without one.
    rendered_output TEXT,  -- Text that was returned to the model; some adapters truncate it to 1000 characters.
    input_tokens INTEGER,  -- Input tokens of the model call, if the adapter counts them.
    output_tokens INTEGER,  -- Output tokens of the model call, if the adapter counts them.
    cached_tokens INTEGER,  -- Cached input tokens, if the adapter counts them.
    success_source TEXT NOT NULL,  -- How the success is known: 'result' (a flag in the result), 'log' (the log or
    -- transcript of the same call) or 'assumed' (nothing says that it failed).
    snapshot_id INTEGER NOT NULL REFERENCES snapshots(id),  -- First snapshot that holds the event.
    item_index INTEGER NOT NULL  -- Position of the event in that snapshot's slice.
);
