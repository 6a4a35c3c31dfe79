-- Parts of calls that may be joined, in logs that are read in more than one block: those without an end or a
-- beginning, and bridged ones that nobody asked for.
SELECT
    id,
    artifact_id,
    tool_name,
    call_id,
    asked_log_id IS NOT NULL,
    started_log_id IS NOT NULL,
    ended_log_id IS NOT NULL
FROM call_parts
WHERE artifact_id IN (SELECT artifact_id FROM temp.cut_logs)
    AND (ended_log_id IS NULL OR (asked_log_id IS NULL AND (started_log_id IS NULL OR sources & 4)))
ORDER BY id;
