-- Copy what the later fragments of a call record into its first fragment.
UPDATE call_fragments
SET
    call_id = coalesce(call_fragments.call_id, start.call_id, final.call_id),
    prompt_name = coalesce(call_fragments.prompt_name, start.prompt_name),
    started_log_id = coalesce(call_fragments.started_log_id, start.started_log_id),
    ended_log_id = final.ended_log_id,
    started_at = coalesce(call_fragments.started_at, start.started_at),
    ended_at = final.ended_at,
    duration_ms
    = elapsed_ms(coalesce(call_fragments.started_at, start.started_at, call_fragments.requested_at), final.ended_at),
    outcome = final.outcome,
    session_id = CASE
        WHEN final.is_session_known THEN final.session_id
        WHEN start.is_session_known THEN start.session_id
        ELSE call_fragments.session_id
    END,
    is_session_known
    = max(call_fragments.is_session_known, coalesce(start.is_session_known, 0), coalesce(final.is_session_known, 0)),
    source_bits = call_fragments.source_bits | coalesce(start.source_bits, 0) | coalesce(final.source_bits, 0)
FROM temp.joined
LEFT JOIN call_fragments AS start ON start.id = joined.start_id
LEFT JOIN call_fragments AS final ON final.id = joined.end_id
WHERE call_fragments.id = joined.first_id;
