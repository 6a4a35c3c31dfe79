-- Execution timeline
-- Theme: story
-- Prompts rendered, tools invoked and prompts executed in all sessions, in order of time.
SELECT timestamp, event_type, name, success, detail, session_id
FROM execution_timeline
LEFT JOIN times ON times.time = execution_timeline.timestamp
ORDER BY CASE WHEN times.time IS NULL THEN timestamp ELSE times.utc END NULLS LAST;
