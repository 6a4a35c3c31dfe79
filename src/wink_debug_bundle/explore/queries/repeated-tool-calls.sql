-- Which tool calls were made again and again?
-- Calls of one tool with the same parameters in the same session, as an agent makes them that goes round in circles.
SELECT
    COUNT(*) AS call_count,
    tool_name,
    params,
    SUM(result_success = 0) AS failure_count,
    MIN(timestamp) AS first_call,
    MAX(timestamp) AS last_call,
    session_id
FROM tool_invocations
GROUP BY session_id, tool_name, params
HAVING COUNT(*) > 1
ORDER BY call_count DESC, first_call;
