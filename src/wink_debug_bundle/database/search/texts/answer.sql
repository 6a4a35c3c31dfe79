-- Results of prompts.
SELECT
    event_id AS row_id,
    (SELECT min(runs.id) FROM runs WHERE runs.session_id = prompt_events.session_id) AS run_id,
    session_id,
    NULL AS tool_name,
    NULL AS level,
    prompt_name AS name,
    timestamp,
    NULL AS text,
    result AS data
FROM prompt_events
WHERE event_type = 'executed' AND result IS NOT NULL;
