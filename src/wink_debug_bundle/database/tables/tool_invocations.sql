CREATE TABLE tool_invocations (
    -- One row for each ToolInvoked event, however many snapshots repeat it.
    event_id TEXT PRIMARY KEY,  -- UUID of the event; if it has none, a key made from its session, type and position.
    -- [path]
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that called the tool. [path]
    prompt_name TEXT NOT NULL,  -- Name of the prompt that was evaluated. [path]
    adapter TEXT NOT NULL,  -- Provider adapter in use. [path]
    tool_name TEXT NOT NULL,  -- Name of the tool. [path]
    call_id TEXT,  -- The provider's id of the call; NULL if the event has none. [path]
    timestamp TEXT NOT NULL,  -- When the call ended, ISO 8601. [keep]
    params TEXT NOT NULL,  -- JSON of the parameters; null if the event has none. [json]
    result_success INTEGER NOT NULL,  -- 1 if the call succeeded, 0 if not; success_source says how this is known.
    -- [keep]
    result_message TEXT,  -- Message of the result; NULL without one. [text]
    result_value TEXT,  -- JSON of the result's value; NULL without one. [json]
    rendered_output TEXT,  -- Text that was returned to the model; some adapters truncate it to 1000 characters. [text]
    input_tokens INTEGER,  -- Input tokens of the model call, if the adapter counts them. [keep]
    output_tokens INTEGER,  -- Output tokens of the model call, if the adapter counts them. [keep]
    cached_tokens INTEGER,  -- Cached input tokens, if the adapter counts them. [keep]
    success_source TEXT NOT NULL,  -- How the success is known: 'result' (a flag in the result), 'log' (the log or
    -- transcript of the same call) or 'assumed' (nothing says that it failed). [keep]
    snapshot_id INTEGER NOT NULL REFERENCES snapshots(id),  -- First snapshot that holds the event. [keep]
    item_index INTEGER NOT NULL  -- Position of the event in that snapshot's slice. [keep]
);
