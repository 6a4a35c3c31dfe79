-- Call fragments that may belong to another one, in logs that were read in more than one block: those without an end,
-- those with neither a request nor a start, and those of the bridge (source bit 4) without a request.
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
