-- Calls and their results in the transcripts of runs.
SELECT
    entries.run_id,
    entries.id,
    entries.log_id,
    entries.session_id,
    entries.entry_type = 'tool_use',
    entries.tool_name,
    entries.call_id,
    entries.is_error,
    logs.timestamp
FROM entries
JOIN logs ON logs.id = entries.log_id
WHERE entries.run_id IS NOT NULL AND entries.call_id IS NOT NULL
ORDER BY entries.run_id, entries.id;
