-- The first text of each prompt that some sessions rendered. Parameters: sessions, a JSON array; longest, the number of
-- characters of a text that are read; most, a limit.
SELECT
    session_id,
    coalesce(prompt_ns || '/' || prompt_key, prompt_name, '') AS prompt,
    substr(rendered_text, 1, :longest) AS rendered_text
FROM prompt_events
WHERE session_id IN (SELECT value FROM json_each(:sessions)) AND event_type = 'rendered' AND rendered_text IS NOT NULL
ORDER BY session_id, timestamp, event_id
LIMIT :most;
