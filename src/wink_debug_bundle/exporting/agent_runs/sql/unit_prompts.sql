-- Read the prompts that sessions rendered and executed, without their words. Parameter sessions: a JSON array of the
-- sessions.
SELECT
    prompt_events.rowid AS id,
    prompt_events.session_id,
    prompt_events.event_type,
    coalesce(times.utc, prompt_events.timestamp) AS time,
    prompt_events.prompt_ns,
    coalesce(prompt_events.prompt_key, prompt_events.prompt_name) AS prompt_key,
    prompt_events.adapter,
    prompt_events.input_tokens,
    prompt_events.output_tokens,
    prompt_events.cached_tokens
FROM json_each(:sessions) AS chosen
JOIN prompt_events ON prompt_events.session_id = chosen.value
LEFT JOIN times ON times.time = prompt_events.timestamp
ORDER BY coalesce(times.utc, prompt_events.timestamp), prompt_events.event_type DESC, prompt_events.event_id;
