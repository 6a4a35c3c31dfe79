-- Runs that failed, and sessions outside of runs with a sample that did: one example of each reason first, the most
-- frequent reason first, then a second one of each, and so on.
WITH
    reasons AS (
        SELECT run_id, min(kind || char(31) || name || char(31) || signature) AS reason
        FROM failures
        WHERE kind IN ('run', 'sample') AND run_id IS NOT NULL
        GROUP BY run_id
    ),
    failed AS (
        SELECT CAST(runs.id AS TEXT) AS unit, runs.id AS position, coalesce(reasons.reason, '') AS reason
        FROM runs
        LEFT JOIN reasons ON reasons.run_id = runs.id
        WHERE runs.result IN ('failed', 'error')
        UNION ALL
        SELECT session_id, min(item_id), coalesce(min(failure), '')
        FROM session_samples
        WHERE result IN ('failed', 'error')
        GROUP BY session_id
    )
SELECT unit, count(*) OVER () AS units
FROM failed
ORDER BY
    row_number() OVER (PARTITION BY reason ORDER BY position),
    count(*) OVER (PARTITION BY reason) DESC,
    position
LIMIT :most;
