-- Execution timeline
-- Prompts rendered, tools invoked and prompts executed in all sessions, in order of time.
SELECT timestamp, event_type, name, success, detail, session_id
FROM execution_timeline
ORDER BY utc NULLS LAST;
