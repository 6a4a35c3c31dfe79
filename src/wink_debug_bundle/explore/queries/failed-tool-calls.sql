-- Which tool calls failed, and what did they say?
-- Every call whose result was no success, with its message and parameters, in the order of time.
SELECT timestamp, tool_name, result_message, params, prompt_name, session_id, event_id
FROM tool_invocations
WHERE result_success = 0
ORDER BY timestamp, event_id;
