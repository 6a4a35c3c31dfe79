-- The last answer of a session without a transcript. Parameters: session; longest, the characters that are read.
SELECT substr(coalesce(result ->> '$.output', result ->> '$.text'), 1, :longest) AS said
FROM prompt_events
WHERE session_id = :session AND event_type = 'executed' AND result IS NOT NULL
ORDER BY timestamp DESC, event_id DESC
LIMIT 1;
