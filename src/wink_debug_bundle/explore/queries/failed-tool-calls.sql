-- Which tool calls failed, and what did they say?
-- Theme: failures
-- Every call that did not succeed, with its error and its parameters, in order of time.
SELECT started_at, tool_name, outcome, error, params, duration_ms, prompt_name, run_id, session_id, id AS tool_call_id
FROM tool_calls
WHERE success = 0
ORDER BY coalesce((SELECT utc FROM times WHERE times.time = started_at), started_at), id;
