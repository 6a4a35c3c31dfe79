-- What tools were called and how often did they succeed?
-- Number of calls of each tool, the percentage that succeeded, and how the others ended.
SELECT
    tool_name,
    COUNT(*) AS call_count,
    SUM(success IS 1) AS success_count,
    ROUND(100.0 * SUM(success) / COUNT(success), 1) || '%' AS success_rate,
    SUM(outcome = 'failed') AS failed_count,
    SUM(outcome = 'raised') AS raised_count,
    SUM(outcome IN ('rejected', 'denied')) AS refused_count,
    SUM(outcome = 'unknown') AS unknown_count,
    COUNT(DISTINCT run_id) AS run_count,
    COUNT(DISTINCT session_id) AS session_count
FROM calls
GROUP BY tool_name
ORDER BY call_count DESC, tool_name;
