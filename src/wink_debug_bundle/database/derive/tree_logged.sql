-- Calls that logs outside of runs tell of, of sessions that were dumped.
SELECT
    trees.root,
    call_parts.session_id,
    call_parts.is_session_told,
    call_parts.tool_name,
    call_parts.call_id,
    call_parts.prompt_name,
    call_parts.asked_log_id,
    call_parts.started_log_id,
    call_parts.ended_log_id,
    call_parts.asked_at,
    call_parts.started_at,
    call_parts.ended_at,
    call_parts.duration_ms,
    call_parts.outcome,
    call_parts.sources
FROM call_parts
JOIN temp.trees ON trees.session_id = call_parts.session_id
WHERE call_parts.run_id IS NULL
ORDER BY trees.root, call_parts.id;
