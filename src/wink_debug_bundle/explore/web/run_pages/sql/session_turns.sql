-- Read the tokens of each prompt of sessions outside of runs. Parameters: sessions, a JSON array; most, a limit.
SELECT
    prompt_events.prompt_name AS source,
    row_number() OVER (ORDER BY CASE WHEN times.time IS NULL THEN prompt_events.timestamp ELSE times.utc END) AS turn,
    prompt_events.input_tokens,
    prompt_events.cached_tokens,
    prompt_events.output_tokens,
    prompt_events.input_tokens AS context_tokens,
    NULL AS growth,
    NULL AS entry_id
FROM json_each(:sessions) AS chosen
JOIN prompt_events ON prompt_events.session_id = chosen.value
LEFT JOIN times ON times.time = prompt_events.timestamp
WHERE prompt_events.event_type = 'executed' AND prompt_events.input_tokens IS NOT NULL
ORDER BY turn
LIMIT :most;
