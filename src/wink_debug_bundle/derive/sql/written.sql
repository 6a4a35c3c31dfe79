-- Calls and their results in the transcripts of each open run, and of each tree of sessions outside of runs.
SELECT
    coalesce(entries.run_id, 1 << 62) AS run,
    coalesce(trees.root, '') AS tree,
    entries.id,
    entries.log_id,
    entries.session_id,
    entries.entry_type = 'tool_use',
    entries.tool_name,
    entries.call_id,
    entries.is_error,
    logs.timestamp
FROM entries
LEFT JOIN temp.trees ON entries.run_id IS NULL AND trees.session_id = entries.session_id
-- CROSS keeps this table last: the records of entries that are left out need not be looked up.
CROSS JOIN logs ON logs.id = entries.log_id
WHERE entries.call_id IS NOT NULL AND (entries.run_id IN (SELECT run_id FROM temp.open_runs) OR trees.root IS NOT NULL)
ORDER BY run, tree, entries.id;
