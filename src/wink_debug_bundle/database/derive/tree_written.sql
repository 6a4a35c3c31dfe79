-- Calls and their results in transcripts outside of runs.
SELECT
    trees.root,
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
JOIN temp.trees ON trees.session_id = entries.session_id
WHERE entries.run_id IS NULL AND entries.call_id IS NOT NULL
ORDER BY trees.root, entries.id;
