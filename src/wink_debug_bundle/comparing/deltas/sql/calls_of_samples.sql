-- The calls of some samples. Parameters: runs, a JSON array of runs; sessions, one of the sessions of samples without a
-- run.
SELECT
    tool_name,
    success,
    duration_ms
FROM calls
WHERE run_id IN (SELECT value FROM json_each(:runs))
UNION ALL
SELECT
    tool_name,
    success,
    duration_ms
FROM calls
WHERE session_id IN (SELECT value FROM json_each(:sessions)) AND run_id IS NULL;
