-- What tools were called and how often did they succeed?
-- Theme: tools
-- Number of calls of each tool, the percentage that succeeded, and how the others ended.
SELECT
    tool_name,
    count(*) AS call_count,
    sum(success IS 1) AS success_count,
    round(100.0 * sum(success) / count(success), 1) AS success_rate,
    sum(outcome = 'failed') AS failed_count,
    sum(outcome = 'raised') AS raised_count,
    sum(outcome IN ('rejected', 'denied')) AS refused_count,
    sum(outcome = 'unknown') AS unknown_count,
    count(DISTINCT run_id) AS run_count,
    count(DISTINCT session_id) AS session_count
FROM calls
GROUP BY tool_name
ORDER BY call_count DESC, tool_name;
