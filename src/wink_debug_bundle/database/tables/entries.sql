CREATE TABLE entries (
    -- One row for each block of each transcript entry; transcript_entries is the same with the text. Of logs outside of runs that are over 64 MiB together there are none.
    id INTEGER PRIMARY KEY,  -- Position in the bundle; the only order that holds over several evaluations.
    run_id INTEGER REFERENCES runs(id),  -- Run the entry belongs to; NULL outside of runs.
    session_id TEXT REFERENCES sessions(session_id),  -- Session it belongs to.
    log_id INTEGER NOT NULL REFERENCES logs(id),  -- Log record that holds it.
    block INTEGER NOT NULL,  -- Position in that record, from 0.
    source TEXT NOT NULL,  -- 'main', or the subagent that it is of.
    sequence_number INTEGER,  -- Number that the library gave; it begins anew with each evaluation.
    entry_type TEXT NOT NULL,  -- 'user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result', 'system_event', 'token_usage', 'error' or 'unknown'.
    raw_type TEXT NOT NULL,  -- Type that the record itself gives; 'line' until 0.23.
    tool_name TEXT,  -- Name of the tool that is called or that answers.
    call_id TEXT,  -- Id of the call; its call and its result have the same.
    is_error INTEGER,  -- 1 if the result is said to be an error, 0 if not; NULL for other types.
    model TEXT,  -- Model that wrote the message; on the first block only, as the tokens.
    input_tokens INTEGER,  -- Input tokens of the message.
    output_tokens INTEGER,  -- Output tokens of the message.
    cached_tokens INTEGER,  -- Input tokens of the message that were read from the cache.
    cache_write_tokens INTEGER,  -- Input tokens of the message that were put into the cache; Claude alone counts them.
    text_path TEXT,  -- JSON path of the text in the record's context.
    data_path TEXT,  -- JSON path of what a tool was given or returned.
    is_inner INTEGER NOT NULL  -- 1 if the paths lead into the JSON text that the context's key content holds (until 0.23).
);
