-- Transcript entries, without tool calls and results that tool_calls has.
SELECT
    id AS row_id,
    run_id,
    session_id,
    tool_name,
    NULL AS level,
    entry_type AS name,
    timestamp,
    text,
    data
FROM transcript_entries
WHERE entry_type != 'token_usage'
    AND NOT (entry_type IN ('tool_use', 'tool_result') AND tool_call_id IS NOT NULL)
    AND coalesce(text, data, '') != '';
