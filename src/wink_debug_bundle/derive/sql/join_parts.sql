-- Parts of calls become part of the first part of each.
UPDATE call_parts
SET
    call_id = coalesce(call_parts.call_id, start.call_id, rest.call_id),
    prompt_name = coalesce(call_parts.prompt_name, start.prompt_name),
    started_log_id = coalesce(call_parts.started_log_id, start.started_log_id),
    ended_log_id = rest.ended_log_id,
    started_at = coalesce(call_parts.started_at, start.started_at),
    ended_at = rest.ended_at,
    duration_ms = elapsed_ms(coalesce(call_parts.started_at, start.started_at, call_parts.asked_at), rest.ended_at),
    outcome = rest.outcome,
    session_id = CASE
        WHEN rest.is_session_told THEN rest.session_id
        WHEN start.is_session_told THEN start.session_id
        ELSE call_parts.session_id
    END,
    is_session_told = max(
        call_parts.is_session_told,
        coalesce(start.is_session_told, 0),
        coalesce(rest.is_session_told, 0)
    ),
    sources = call_parts.sources | coalesce(start.sources, 0) | coalesce(rest.sources, 0)
FROM temp.joined
LEFT JOIN call_parts AS start ON start.id = joined.start_id
LEFT JOIN call_parts AS rest ON rest.id = joined.end_id
WHERE call_parts.id = joined.whole_id;
