CREATE VIEW transcript_entries AS
-- What was said, thought, asked of tools and answered, in order: one row for each block of each transcript entry.
SELECT
    entries.id,  -- Row in entries.
    entries.run_id,  -- Run the entry belongs to.
    entries.session_id,  -- Session it belongs to.
    logs.timestamp,  -- When it was logged, ISO 8601; an agent's own transcript is read late.
    entries.entry_type,  -- 'user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result', 'system_event', 'token_usage', 'error' or 'unknown'.
    entries.tool_name,  -- Name of the tool that is called or that answers.
    CASE entries.is_inner
        WHEN 0 THEN json_extract(logs.context, entries.text_path)
        ELSE json_extract(json_extract(logs.context, '$.content'), entries.text_path)
    END AS text,  -- What was said or returned; JSON where it is no text.
    CASE entries.is_inner
        WHEN 0 THEN nullif(logs.context -> entries.data_path, 'null')
        ELSE nullif(json_extract(logs.context, '$.content') -> entries.data_path, 'null')
    END AS data,  -- JSON of what the tool was given, or of what an agent's own tool returned.
    entries.is_error,  -- 1 if the result is said to be an error.
    entries.model,  -- Model that wrote the message.
    entries.input_tokens,  -- Input tokens of the message.
    entries.output_tokens,  -- Output tokens of the message.
    entries.cached_tokens,  -- Input tokens of the message that were read from the cache.
    entries.cache_write_tokens,  -- Input tokens of the message that were put into the cache; Claude alone counts them.
    entries.source,  -- 'main', or the subagent that it is of.
    entries.sequence_number,  -- Number that the library gave; it begins anew with each evaluation.
    entries.block,  -- Position in its log record, from 0.
    entries.raw_type,  -- Type that the record itself gives.
    entries.call_id,  -- Id of the tool call.
    coalesce(
        (SELECT calls.id FROM calls WHERE calls.use_entry_id = entries.id),
        (SELECT calls.id FROM calls WHERE calls.result_entry_id = entries.id)
    ) AS tool_call_id,  -- Row in tool_calls; the call and its result have the same.
    entries.log_id  -- Row in logs.
FROM entries
JOIN logs ON logs.id = entries.log_id;
