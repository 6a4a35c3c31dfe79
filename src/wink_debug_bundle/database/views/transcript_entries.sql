CREATE VIEW transcript_entries AS
-- The conversation in order: messages, thoughts, tool calls and their results, one row for each block of each
-- transcript entry.
SELECT
    entries.id,  -- Row in entries.
    entries.run_id,  -- Run the entry belongs to; NULL outside of runs.
    entries.session_id,  -- Session it belongs to.
    logs.timestamp,  -- When it was logged, ISO 8601; entries of an agent's own transcript are logged later than they
    -- happened.
    entries.entry_type,  -- What the block is: 'user_message', 'assistant_message', 'thinking', 'tool_use',
    -- 'tool_result', 'system_event', 'token_usage', 'error' or 'unknown'; a type that a later release of the library
    -- adds appears as it is.
    entries.tool_name,  -- Name of the tool; for a result, only if its record names it.
    CASE entries.is_inner
        WHEN 0 THEN logs.context ->> entries.text_path
        ELSE (logs.context ->> '$.content') ->> entries.text_path
    END AS text,  -- Text of the message or result; JSON if it is not text.
    CASE entries.is_inner
        WHEN 0 THEN nullif(CAST(logs.context -> entries.data_path AS TEXT), 'null')
        ELSE nullif(CAST((logs.context ->> '$.content') -> entries.data_path AS TEXT), 'null')
    END AS data,  -- JSON of what the tool was given, or of what an agent's own tool returned.
    entries.is_error,  -- 1 if the result is an error, 0 if not; NULL for other types.
    entries.model,  -- Model that wrote the message; like the tokens, in the first block only.
    entries.input_tokens,  -- Input tokens of the message.
    entries.output_tokens,  -- Output tokens of the message.
    entries.cached_tokens,  -- Input tokens of the message that were read from the cache.
    entries.cache_write_tokens,  -- Input tokens of the message that were written to the cache; only Claude counts them.
    entries.source,  -- 'main' for the main agent; for a subagent its name, until 0.23 the path of its transcript.
    entries.sequence_number,  -- Number that the library gave the entry; it restarts with each evaluation.
    entries.block,  -- Position of the block in the entry, from 0.
    entries.raw_type,  -- Type that the record itself gives.
    entries.call_id,  -- The provider's id of the call; NULL for other types.
    coalesce(
        (SELECT calls.id FROM calls WHERE calls.use_entry_id = entries.id),
        (SELECT calls.id FROM calls WHERE calls.result_entry_id = entries.id)
    ) AS tool_call_id,  -- Row in tool_calls, which a call and its result share; NULL for other types.
    entries.log_id  -- Row in logs.
FROM entries
JOIN logs ON logs.id = entries.log_id;
