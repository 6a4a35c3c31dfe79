-- What tools were called and how often did they succeed?
-- Calls of each tool over all sessions, and the share that succeeded.
SELECT
    tool_name,
    SUM(call_count) AS call_count,
    SUM(success_count) AS success_count,
    ROUND(100.0 * SUM(success_count) / SUM(call_count), 1) || '%' AS success_rate
FROM tool_summary
GROUP BY tool_name
ORDER BY call_count DESC, tool_name;
