-- Tokens per run
-- How many runs used how many tokens: input and output tokens of the root session of each run, where they are known;
-- in a bundle without runs, those of each session.
WITH RECURSIVE
    steps(step) AS (
        SELECT 1
        UNION ALL
        SELECT CASE substr(step, 1, 1) WHEN '2' THEN step / 2 * 5 ELSE step * 2 END FROM steps WHERE step < 1000000000
    ),
    measured AS (
        SELECT total_tokens AS value, coalesce(result, 'unknown') AS result
        FROM runs
        WHERE total_tokens >= 0
        UNION ALL
        SELECT sum(total_tokens), 'unscored'
        FROM prompt_events
        WHERE event_type = 'executed' AND NOT EXISTS (SELECT 1 FROM runs)
        GROUP BY session_id
        HAVING sum(total_tokens) >= 0
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
    bin * width AS low,
    (bin + 1) * width AS high,
    result,
    count(*) AS runs,
    nullif(rtrim(
        iif(
            is_open, 'The last bar also counts the runs above it, up to ' || printf('%,d', highest) || '. ', ''
        )
        || iif(named > 1, 'The runs of all ' || named || ' evaluations are counted together.', '')
    ), '') AS note
FROM placed
CROSS JOIN evaluations
GROUP BY bin, result
ORDER BY bin, result;
