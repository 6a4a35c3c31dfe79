CREATE VIEW tool_summary AS
-- How often each session called each tool, and how often it succeeded.
SELECT
    session_id,  -- Session that called the tool.
    tool_name,  -- Name of the tool.
    count(*) AS call_count,  -- Number of calls.
    sum(result_success) AS success_count,  -- Number of calls that succeeded.
    round(100.0 * sum(result_success) / count(*), 1) AS success_rate  -- Percentage of calls that succeeded.
FROM tool_invocations
GROUP BY session_id, tool_name;
