-- Which tool calls were repeated?
-- Calls of one tool with the same parameters in the same run and session, which may show that an agent is stuck.
SELECT
    COUNT(*) AS call_count,
    tool_name,
    params,
    SUM(success IS 0) AS failure_count,
    MIN(started_at) AS first_call,
    MAX(started_at) AS last_call,
    run_id,
    session_id
FROM tool_calls
GROUP BY run_id, session_id, tool_name, params
HAVING COUNT(*) > 1
ORDER BY call_count DESC, first_call;
