-- Tool calls and how they ended
-- Calls of each tool in each evaluation by outcome, the tools with the most calls first, and the percentage that
-- succeeded.
WITH
    counted AS (
        SELECT
            coalesce(call_evaluations.evaluation || ': ', '') || calls.tool_name AS tool_name,
            calls.outcome,
            count(*) AS calls
        FROM calls
        JOIN call_evaluations ON call_evaluations.call_id = calls.id
        GROUP BY call_evaluations.evaluation, calls.tool_name, calls.outcome
    ),
    placed AS (
        SELECT
            tool_name,
            sum(calls) AS total,
            sum(calls) FILTER (WHERE outcome IN ('succeeded', 'expanded')) AS succeeded,
            sum(calls) FILTER (WHERE outcome != 'unknown') AS known,
            row_number() OVER (ORDER BY sum(calls) DESC, tool_name) AS place,
            count(*) OVER () AS tools
        FROM counted
        GROUP BY tool_name
    )
SELECT
    place,
    substr(tool_name, 1, 60) AS tool,
    outcome,
    calls,
    total,
    coalesce(round(100.0 * coalesce(succeeded, 0) / known, 1) || ' %', 'unknown') AS success,
    CASE WHEN tools > 15 THEN (tools - 15) || ' tools with fewer calls are not shown.' END AS note
FROM placed
JOIN counted USING (tool_name)
WHERE place <= 15
ORDER BY place, outcome;
