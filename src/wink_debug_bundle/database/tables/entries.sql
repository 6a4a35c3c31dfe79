CREATE TABLE entries (
    -- One row for each block of each transcript entry; the view transcript_entries adds the text. Logs outside of runs
    -- are searched if they total 64 MiB or less, or with --calls-in-logs.
    id INTEGER PRIMARY KEY,  -- Position in the bundle; the only order that holds across evaluations. [keep]
    run_id INTEGER REFERENCES runs(id),  -- Run the entry belongs to; NULL outside of runs. [keep]
    session_id TEXT REFERENCES sessions(session_id),  -- Session the entry belongs to. [path]
    log_id INTEGER NOT NULL REFERENCES logs(id),  -- Log record that holds the entry. [keep]
    block INTEGER NOT NULL,  -- Position of the block in the entry, from 0. [keep]
    source TEXT NOT NULL,  -- 'main' for the main agent; for a subagent its name, until 0.23 the path of its transcript;
    -- '' if the record names none. [path]
    sequence_number INTEGER,  -- Number that the library gave the entry; it restarts with each evaluation. [keep]
    entry_type TEXT NOT NULL,  -- What the block is: 'user_message', 'assistant_message', 'thinking', 'tool_use',
    -- 'tool_result', 'system_event', 'token_usage', 'error' or 'unknown'; a type that a later release of the library
    -- adds appears as it is. [path]
    raw_type TEXT NOT NULL,  -- Type that the record itself gives; 'line' until 0.23. [path]
    tool_name TEXT,  -- Name of the tool; for a result, only if its record names it. [path]
    call_id TEXT,  -- Id of the call, which a call and its result share; NULL for other types. [path]
    is_error INTEGER,  -- 1 if the result is an error, 0 if not; NULL for other types. [keep]
    model TEXT,  -- Model that wrote the message; like the tokens, in the first block only. [path]
    input_tokens INTEGER,  -- Input tokens of the message. [keep]
    output_tokens INTEGER,  -- Output tokens of the message. [keep]
    cached_tokens INTEGER,  -- Input tokens of the message that were read from the cache. [keep]
    cache_write_tokens INTEGER,  -- Input tokens of the message that were written to the cache; only Claude counts them.
    -- [keep]
    text_path TEXT,  -- JSON path of the text in the record's context. [path]
    data_path TEXT,  -- JSON path of what the tool was given or returned. [path]
    is_inner INTEGER NOT NULL  -- 1 if the paths lead into the JSON text at the key content of the context (until 0.23),
    -- 0 if into the context itself. [keep]
);
