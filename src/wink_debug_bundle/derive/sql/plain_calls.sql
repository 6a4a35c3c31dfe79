-- Calls that nothing but logs outside of runs tells of.
INSERT INTO calls (
    session_id, tool_name, call_id, prompt_name, outcome, success, duration_ms, sources, asked_log_id, started_log_id,
    ended_log_id
)
SELECT
    call_parts.session_id,
    call_parts.tool_name,
    call_parts.call_id,
    call_parts.prompt_name,
    outcomes.outcome,
    outcomes.success,
    call_parts.duration_ms,
    names.names,
    call_parts.asked_log_id,
    call_parts.started_log_id,
    call_parts.ended_log_id
FROM call_parts
JOIN temp.outcomes ON outcomes.outcome = coalesce(call_parts.outcome, 'unknown')
JOIN temp.source_names AS names ON names.sources = call_parts.sources
LEFT JOIN temp.trees ON trees.session_id = call_parts.session_id
WHERE call_parts.run_id IS NULL AND trees.session_id IS NULL
ORDER BY call_parts.id;
