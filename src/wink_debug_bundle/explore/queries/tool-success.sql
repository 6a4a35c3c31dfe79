-- What tools were called and how often did they succeed?
-- Theme: tools
-- Number of calls of each tool in each evaluation, the percentage that succeeded, and how the others ended.
SELECT
    call_evaluations.evaluation,
    calls.tool_name,
    count(*) AS call_count,
    sum(calls.success IS 1) AS success_count,
    round(100.0 * sum(calls.success) / count(calls.success), 1) AS success_rate,
    sum(calls.outcome = 'failed') AS failed_count,
    sum(calls.outcome = 'raised') AS raised_count,
    sum(calls.outcome IN ('rejected', 'denied')) AS refused_count,
    sum(calls.outcome = 'unknown') AS unknown_count,
    count(DISTINCT calls.run_id) AS run_count,
    count(DISTINCT calls.session_id) AS session_count
FROM calls
JOIN call_evaluations ON call_evaluations.call_id = calls.id
GROUP BY call_evaluations.evaluation, calls.tool_name
ORDER BY evaluation, call_count DESC, calls.tool_name;
