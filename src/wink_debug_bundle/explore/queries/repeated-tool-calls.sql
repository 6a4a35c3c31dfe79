-- Which tool calls were repeated?
-- Theme: tools
-- Calls of one tool with the same parameters in the same run and session, which may show that an agent is stuck.
SELECT
    count(*) AS call_count,
    tool_name,
    params,
    sum(success IS 0) AS failure_count,
    min(CASE WHEN times.time IS NULL THEN started_at ELSE times.utc END) AS first_call,
    max(CASE WHEN times.time IS NULL THEN started_at ELSE times.utc END) AS last_call,
    run_id,
    session_id
FROM tool_calls
LEFT JOIN times ON times.time = tool_calls.started_at
GROUP BY run_id, session_id, tool_name, params
HAVING count(*) > 1
ORDER BY call_count DESC, first_call;
