-- Which tools are slow?
-- Theme: tools
-- Milliseconds that the calls of each tool took in each evaluation, by the times in the log, and the slowest call; tools
-- with the most time in total first. Calls without a duration are left out: unknown_count is their number, and
-- set_back_count that of the calls among them that end before they start, because a clock was set back.
WITH
    made AS (
        SELECT
            call_evaluations.evaluation,
            calls.tool_name,
            calls.duration_ms,
            calls.id,
            calls.run_id,
            calls.ends_before_start
        FROM calls
        JOIN call_evaluations ON call_evaluations.call_id = calls.id
    ),
    timed AS (
        SELECT
            *,
            row_number() OVER (
                PARTITION BY evaluation, tool_name
                ORDER BY duration_ms IS NULL, duration_ms, id
            ) AS place,
            count(duration_ms) OVER (PARTITION BY evaluation, tool_name) AS timed_count
        FROM made
    )
SELECT
    evaluation,
    tool_name,
    timed_count AS call_count,
    round(sum(duration_ms), 1) AS total_ms,
    round(avg(duration_ms), 1) AS mean_ms,
    round(max(duration_ms) FILTER (WHERE place <= (timed_count + 1) / 2), 1) AS p50_ms,
    round(max(duration_ms) FILTER (WHERE place <= (timed_count * 95 + 99) / 100), 1) AS p95_ms,
    round(max(duration_ms), 1) AS max_ms,
    max(id) FILTER (WHERE place = timed_count) AS slowest_call_id,
    max(run_id) FILTER (WHERE place = timed_count) AS slowest_run_id,
    count(*) - timed_count AS unknown_count,
    sum(ends_before_start) AS set_back_count
FROM timed
GROUP BY evaluation, tool_name, timed_count
HAVING timed_count > 0 OR sum(ends_before_start) > 0
ORDER BY evaluation, sum(duration_ms) DESC, tool_name;
