-- The most frequent reasons of failures in each evaluation, those of runs and samples first, and an example of each.
WITH
    counted AS (
        SELECT
            failure_evaluations.evaluation,
            failures.kind,
            failures.name,
            failures.signature,
            count(*) AS failure_count,
            min(failures.id) AS first_id
        FROM failures
        JOIN failure_evaluations ON failure_evaluations.failure_id = failures.id
        GROUP BY
            failure_evaluations.evaluation, failures.kind, failures.name, failures.signature
    )
SELECT
    count(*) OVER () AS row_count,
    counted.evaluation,
    counted.kind,
    counted.name,
    counted.signature,
    counted.failure_count,
    example.message,
    example.run_id,
    example.session_id
FROM counted
JOIN failures AS example ON example.id = counted.first_id
ORDER BY
    CASE counted.kind WHEN 'tool' THEN 1 WHEN 'log' THEN 2 ELSE 0 END,
    counted.failure_count DESC,
    counted.first_id;
