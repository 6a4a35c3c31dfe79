-- Calls that the logs of runs tell of; the log of one process may tell of other runs, which tell of them themselves.
SELECT
    call_parts.run_id,
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
JOIN runs ON runs.id = call_parts.run_id
WHERE NOT call_parts.is_session_told
    OR call_parts.session_id IS runs.session_id
    OR call_parts.session_id NOT IN (SELECT session_id FROM runs WHERE session_id IS NOT NULL)
ORDER BY call_parts.run_id, call_parts.id;
