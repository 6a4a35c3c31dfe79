-- Execution timeline
-- Prompts rendered, tools invoked and prompts executed, of all sessions in the order of time.
SELECT timestamp, event_type, name, success, detail, session_id
FROM execution_timeline
ORDER BY timestamp;
