CREATE TABLE prompt_events (
    -- One row for each PromptRendered and PromptExecuted event, however many snapshots repeat it.
    event_id TEXT PRIMARY KEY,  -- UUID of the event; if it has none, a key made from its session, type and position.
    -- [path]
    session_id TEXT NOT NULL REFERENCES sessions(session_id),  -- Session that evaluated the prompt. [path]
    event_type TEXT NOT NULL,  -- Which event it is: 'rendered' or 'executed'. [keep]
    prompt_ns TEXT,  -- Namespace of the prompt; only rendered events have it. [path]
    prompt_key TEXT,  -- Key of the prompt; only rendered events have it. [path]
    prompt_name TEXT,  -- Name of the prompt; NULL if the event has none. [path]
    adapter TEXT NOT NULL,  -- Provider adapter in use. [path]
    timestamp TEXT NOT NULL,  -- When it happened, ISO 8601. [keep]
    rendered_text TEXT,  -- The whole rendered prompt (rendered only). [text]
    char_count INTEGER,  -- Number of characters in the rendered prompt (rendered only). [rehash]
    tool_count INTEGER,  -- Number of tools offered (rendered only; NULL if the event does not list them). [keep]
    tool_names TEXT,  -- JSON array of their names (rendered only; NULL if the event does not list them). [path]
    result TEXT,  -- JSON of the result: prompt_name, text and output (executed only; NULL without one). [json]
    input_tokens INTEGER,  -- Input tokens (executed only). [keep]
    output_tokens INTEGER,  -- Output tokens (executed only). [keep]
    total_tokens INTEGER,  -- Input and output tokens together (executed only). [keep]
    cached_tokens INTEGER,  -- Cached input tokens (executed only). [keep]
    snapshot_id INTEGER NOT NULL REFERENCES snapshots(id),  -- First snapshot that holds the event. [keep]
    item_index INTEGER NOT NULL  -- Position of the event in that snapshot's slice. [keep]
);
