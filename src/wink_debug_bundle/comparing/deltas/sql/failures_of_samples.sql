-- How often each failure signature occurs in some samples, in how many of them, and its first failure. A sample of several
-- attempts adds the share of them that have it to `weight`. Several samples can share a session outside of runs: there, a
-- failure of a sample belongs to the one that failed so, and any other to the first. Parameters: runs, a JSON array of a
-- run, its sample's number and its weight each; sessions, one of a session, the sample's number, its weight, the
-- signature of its failure, and whether it is the first sample of the session; most, a limit.
WITH
    units_of_runs AS MATERIALIZED (
        SELECT
            value ->> 0 AS run_id,
            value ->> 1 AS sample,
            value ->> 2 AS weight
        FROM json_each(:runs)
    ),
    units_of_sessions AS MATERIALIZED (
        SELECT
            value ->> 0 AS session_id,
            value ->> 1 AS sample,
            value ->> 2 AS weight,
            value ->> 3 AS signature,
            value ->> 4 AS is_first
        FROM json_each(:sessions)
    ),
    chosen AS (
        SELECT
            failures.id,
            failures.kind,
            failures.name,
            failures.signature,
            units_of_runs.sample,
            units_of_runs.weight,
            'run ' || failures.run_id AS attempt
        FROM failures
        JOIN units_of_runs ON units_of_runs.run_id = failures.run_id
        UNION ALL
        SELECT
            failures.id,
            failures.kind,
            failures.name,
            failures.signature,
            units_of_sessions.sample,
            units_of_sessions.weight,
            'session ' || failures.session_id AS attempt
        FROM failures
        JOIN units_of_sessions ON units_of_sessions.session_id = failures.session_id
        WHERE failures.run_id IS NULL
            AND CASE failures.kind
                WHEN 'sample' THEN units_of_sessions.signature IS failures.signature
                ELSE units_of_sessions.is_first
            END
    ),
    of_attempts AS (
        SELECT
            kind,
            name,
            signature,
            sample,
            weight,
            count(*) AS failure_count,
            min(id) AS first_id
        FROM chosen
        GROUP BY kind, name, signature, sample, attempt
    )
SELECT
    counted.kind,
    counted.name,
    counted.signature,
    counted.failure_count,
    counted.sample_count,
    counted.weight,
    example.message,
    example.run_id,
    example.session_id
FROM (
    SELECT
        kind,
        name,
        signature,
        sum(failure_count) AS failure_count,
        count(DISTINCT sample) AS sample_count,
        sum(weight) AS weight,
        min(first_id) AS first_id
    FROM of_attempts
    GROUP BY kind, name, signature
    ORDER BY sum(failure_count) DESC, kind, name, signature
    LIMIT :most
) AS counted
JOIN failures AS example ON example.id = counted.first_id
ORDER BY counted.failure_count DESC, counted.kind, counted.name, counted.signature;
