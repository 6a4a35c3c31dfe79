-- How long tool calls took
-- Milliseconds of the calls of each tool in each evaluation by the times in the log: the median, the 95th percentile and
-- the longest call; tools with the most time in total first. The axis is logarithmic; what took less than 0.1 ms counts
-- as 0.1 ms.
WITH
    made AS (
        SELECT
            coalesce(call_evaluations.evaluation || ': ', '') || calls.tool_name AS tool_name,
            calls.duration_ms
        FROM calls
        JOIN call_evaluations ON call_evaluations.call_id = calls.id
        WHERE calls.duration_ms IS NOT NULL
    ),
    timed AS (
        SELECT
            tool_name,
            max(duration_ms, 0.1) AS ms,
            row_number() OVER (PARTITION BY tool_name ORDER BY duration_ms) AS position,
            count(*) OVER (PARTITION BY tool_name) AS calls
        FROM made
    ),
    placed AS (
        SELECT
            tool_name,
            max(calls) AS calls,
            max(ms) FILTER (WHERE position <= (calls + 1) / 2) AS p50_ms,
            max(ms) FILTER (WHERE position <= (calls * 95 + 99) / 100) AS p95_ms,
            max(ms) AS max_ms,
            row_number() OVER (ORDER BY sum(ms) DESC, tool_name) AS place,
            count(*) OVER () AS tools
        FROM timed
        GROUP BY tool_name
    )
SELECT
    place,
    substr(tool_name, 1, 60) AS tool,
    calls,
    round(p50_ms, 1) AS p50_ms,
    round(p95_ms, 1) AS p95_ms,
    round(max_ms, 1) AS max_ms,
    CASE WHEN tools > 15 THEN (tools - 15) || ' tools that took less time are not shown.' END AS note
FROM placed
WHERE place <= 15
ORDER BY place;
