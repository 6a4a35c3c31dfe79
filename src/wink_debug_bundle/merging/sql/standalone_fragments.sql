-- Bring back what logs outside of runs record of each call, and delete these calls: those of a session may be recorded by
-- logs of one bundle and by snapshots of another.
INSERT INTO call_fragments (
    run_id,
    artifact_id,
    session_id,
    is_session_known,
    tool_name,
    call_id,
    prompt_name,
    requested_log_id,
    started_log_id,
    ended_log_id,
    requested_at,
    started_at,
    ended_at,
    duration_ms,
    outcome,
    source_bits
)
SELECT
    NULL,
    coalesce(requested.artifact_id, started.artifact_id, ended.artifact_id),
    calls.session_id,
    -- A session that is not the log's own is known from the log.
    calls.event_id IS NULL
    AND calls.session_id IS NOT coalesce(requested.session_id, started.session_id, ended.session_id),
    calls.tool_name,
    calls.call_id,
    calls.prompt_name,
    requested.id,
    started.id,
    ended.id,
    requested.timestamp,
    started.timestamp,
    ended.timestamp,
    elapsed_ms(coalesce(started.timestamp, requested.timestamp), ended.timestamp),
    CASE WHEN ended.id IS NOT NULL THEN calls.outcome END,
    names.source_bits
FROM calls
LEFT JOIN logs AS requested ON requested.id = calls.requested_log_id
LEFT JOIN logs AS started ON started.id = calls.started_log_id
LEFT JOIN logs AS ended ON ended.id = calls.ended_log_id
JOIN temp.log_sources AS names ON names.names = calls.source
WHERE calls.run_id IS NULL
    AND coalesce(requested.id, started.id, ended.id) IS NOT NULL
ORDER BY calls.id;

DELETE FROM calls WHERE run_id IS NULL;

-- Calls of runs stay as they are.
INSERT INTO settled_runs (run_id, event_count, log_id, fragments, incomplete_prompts)
SELECT runs.id, count(tool_invocations.event_id), 0, CAST('[]' AS BLOB), 0
FROM runs
LEFT JOIN artifacts ON artifacts.container_id = runs.id
LEFT JOIN snapshots ON snapshots.artifact_id = artifacts.id
LEFT JOIN tool_invocations ON tool_invocations.snapshot_id = snapshots.id
GROUP BY runs.id;
