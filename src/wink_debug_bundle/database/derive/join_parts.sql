-- The part rest_id becomes part of the part whole_id.
UPDATE call_parts
SET
    call_id = coalesce(call_parts.call_id, rest.call_id),
    prompt_name = coalesce(call_parts.prompt_name, rest.prompt_name),
    started_log_id = coalesce(call_parts.started_log_id, rest.started_log_id),
    ended_log_id = rest.ended_log_id,
    duration_ms = elapsed_ms(begun.timestamp, ended.timestamp),
    outcome = rest.outcome,
    session_id = CASE WHEN rest.is_session_told THEN rest.session_id ELSE call_parts.session_id END,
    is_session_told = max(call_parts.is_session_told, rest.is_session_told),
    sources = call_parts.sources | rest.sources
FROM temp.pairs
JOIN call_parts AS whole ON whole.id = pairs.whole_id
JOIN call_parts AS rest ON rest.id = pairs.rest_id
LEFT JOIN logs AS begun ON begun.id = coalesce(whole.started_log_id, rest.started_log_id, whole.asked_log_id)
LEFT JOIN logs AS ended ON ended.id = rest.ended_log_id
WHERE call_parts.id = pairs.whole_id;
