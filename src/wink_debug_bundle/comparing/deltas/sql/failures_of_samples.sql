-- How often each failure signature occurs in some samples, in how many, and its first failure. Parameters: runs, a JSON
-- array of runs; sessions, one of the sessions of samples without a run; most, a limit.
WITH
    chosen AS (
        SELECT failures.* FROM failures WHERE failures.run_id IN (SELECT value FROM json_each(:runs))
        UNION ALL
        SELECT failures.*
        FROM failures
        WHERE failures.session_id IN (SELECT value FROM json_each(:sessions)) AND failures.run_id IS NULL
    )
SELECT
    counted.kind,
    counted.name,
    counted.signature,
    counted.failure_count,
    counted.sample_count,
    example.message,
    example.run_id,
    example.session_id
FROM (
    SELECT
        kind,
        name,
        signature,
        count(*) AS failure_count,
        count(DISTINCT coalesce(CAST(run_id AS TEXT), session_id)) AS sample_count,
        min(id) AS first_id
    FROM chosen
    GROUP BY kind, name, signature
    ORDER BY count(*) DESC, kind, name, signature
    LIMIT :most
) AS counted
JOIN failures AS example ON example.id = counted.first_id
ORDER BY counted.failure_count DESC, counted.kind, counted.name, counted.signature;
