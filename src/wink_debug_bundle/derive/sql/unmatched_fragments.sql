-- Parts of calls that may be joined, in logs that are read in more than one block: those without an end or a
-- beginning, and bridged ones that nobody asked for.
SELECT
    id,
    artifact_id,
    tool_name,
    call_id,
    requested_log_id IS NOT NULL,
    started_log_id IS NOT NULL,
    ended_log_id IS NOT NULL
FROM call_fragments
WHERE artifact_id IN (SELECT artifact_id FROM temp.split_logs)
    AND (ended_log_id IS NULL OR (requested_log_id IS NULL AND (started_log_id IS NULL OR source_bits & 4)))
ORDER BY id;
