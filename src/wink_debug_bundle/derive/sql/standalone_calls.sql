-- Calls that only standalone logs record.
INSERT INTO calls (
    session_id,
    tool_name,
    call_id,
    prompt_name,
    outcome,
    success,
    duration_ms,
    source,
    requested_log_id,
    started_log_id,
    ended_log_id,
    ends_before_start
)
SELECT
    call_fragments.session_id,
    call_fragments.tool_name,
    call_fragments.call_id,
    call_fragments.prompt_name,
    outcomes.outcome,
    outcomes.success,
    CASE WHEN call_fragments.duration_ms >= 0 THEN call_fragments.duration_ms END,
    names.names,
    call_fragments.requested_log_id,
    call_fragments.started_log_id,
    call_fragments.ended_log_id,
    coalesce(call_fragments.duration_ms < 0, 0)
FROM call_fragments
JOIN temp.outcomes ON outcomes.outcome = coalesce(call_fragments.outcome, 'unknown')
JOIN temp.source_names AS names ON names.source_bits = call_fragments.source_bits
LEFT JOIN temp.trees ON trees.session_id = call_fragments.session_id
WHERE call_fragments.run_id IS NULL AND trees.session_id IS NULL
ORDER BY call_fragments.id;
