CREATE VIEW failure_signatures AS
-- Distinct failures of each evaluation: how often each occurred, in how many runs, when, and an example.
SELECT
    counted.kind,  -- What failed: 'run', 'sample', 'tool' or 'log'.
    counted.name,  -- What failed: class of the exception, or 'unknown'; 'score' or 'error' of a sample; name of the
    -- tool; event of the log record, else its logger.
    counted.signature,  -- The message without ids, numbers, paths, addresses, times and quoted values.
    counted.failure_count,  -- Number of failures.
    counted.run_count,  -- Number of runs (in an evaluation, samples) in which it happened.
    counted.session_count,  -- Number of sessions in which it happened.
    counted.first_seen,  -- When it first happened, ISO 8601 in UTC.
    counted.last_seen,  -- When it last happened, ISO 8601 in UTC.
    example.message AS example,  -- Message of the first of these failures.
    example.id AS example_id,  -- Row of the first failure in failures.
    example.run_id AS example_run_id,  -- Run of the first failure; NULL outside of runs.
    example.session_id AS example_session_id,  -- Session of the first failure; NULL if unknown.
    counted.evaluation  -- Evaluation, if the bundle has several or they have labels; else NULL.
FROM (
    SELECT
        failure_evaluations.evaluation,
        failures.kind,
        failures.name,
        failures.signature,
        count(*) AS failure_count,
        count(DISTINCT failures.run_id) AS run_count,
        count(DISTINCT failures.session_id) AS session_count,
        min(CASE WHEN times.time IS NULL THEN failures.timestamp ELSE times.utc END) AS first_seen,
        max(CASE WHEN times.time IS NULL THEN failures.timestamp ELSE times.utc END) AS last_seen,
        min(failures.id) AS first_id
    FROM failures
    LEFT JOIN times ON times.time = failures.timestamp
    JOIN failure_evaluations ON failure_evaluations.failure_id = failures.id
    GROUP BY failure_evaluations.evaluation, failures.kind, failures.name, failures.signature
) AS counted
JOIN failures AS example ON example.id = counted.first_id;
