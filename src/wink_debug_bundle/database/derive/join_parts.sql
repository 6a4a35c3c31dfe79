-- The part whose id is given first becomes part of the one whose id is given second.
UPDATE call_parts AS whole
SET
    call_id = coalesce(whole.call_id, rest.call_id),
    prompt_name = coalesce(whole.prompt_name, rest.prompt_name),
    started_log_id = coalesce(whole.started_log_id, rest.started_log_id),
    started_at = coalesce(whole.started_at, rest.started_at),
    ended_log_id = rest.ended_log_id,
    ended_at = rest.ended_at,
    duration_ms = elapsed_ms(coalesce(whole.started_at, rest.started_at, whole.asked_at), rest.ended_at),
    outcome = rest.outcome,
    session_id = CASE WHEN rest.is_session_told THEN rest.session_id ELSE whole.session_id END,
    is_session_told = max(whole.is_session_told, rest.is_session_told),
    sources = whole.sources | rest.sources
FROM call_parts AS rest
WHERE rest.id = ? AND whole.id = ?;
