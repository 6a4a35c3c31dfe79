-- Duration of runs
-- How many runs took how many seconds: as the evaluation measured it, else as the run did.
WITH RECURSIVE
    steps(step) AS (
        SELECT 1
        UNION ALL
        SELECT CASE substr(step, 1, 1) WHEN '2' THEN step / 2 * 5 ELSE step * 2 END FROM steps WHERE step < 1000000000
    ),
    measured AS (
        SELECT coalesce(latency_ms, duration_ms) AS value, coalesce(result, 'unknown') AS result
        FROM runs
        WHERE coalesce(latency_ms, duration_ms) >= 0
        UNION ALL
        SELECT latency_ms, result
        FROM session_samples
        WHERE latency_ms >= 0
    ),
    ordered AS (
        SELECT value, row_number() OVER (ORDER BY value) AS place, count(*) OVER () AS values_count FROM measured
    ),
    range_of_most AS (
        SELECT
            min(value) AS lowest,
            max(value) AS highest,
            max(value) FILTER (WHERE place <= (values_count * 98 + 99) / 100) AS most
        FROM ordered
    ),
    bins AS (
        SELECT
            (SELECT min(step) FROM steps WHERE step >= max((most - lowest) / 20.0, most / 50.0)) AS width,
            highest,
            most
        FROM range_of_most
    ),
    evaluations AS (
        SELECT count(*) AS named FROM evaluation_results
    ),
    placed AS (
        SELECT
            result,
            width,
            min(CAST(value / width AS INTEGER), CAST(most / width AS INTEGER)) AS bin,
            CAST(highest / width AS INTEGER) > CAST(most / width AS INTEGER) AS is_open,
            highest
        FROM measured
        CROSS JOIN bins
    )
SELECT
    bin * width / 1000.0 AS low,
    (bin + 1) * width / 1000.0 AS high,
    result,
    count(*) AS runs,
    nullif(rtrim(
        iif(
            is_open, 'The last bar also counts the runs above it, up to ' || round(highest / 1000.0, 1) || ' s. ', ''
        )
        || iif(named > 1, 'The runs of all ' || named || ' evaluations are counted together.', '')
    ), '') AS note
FROM placed
CROSS JOIN evaluations
GROUP BY bin, result
ORDER BY bin, result;
