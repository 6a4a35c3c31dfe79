-- The most frequent reasons of failures in each evaluation, those of runs and samples first, and an example of each.
WITH
    counted AS (
        SELECT
            failure_evaluations.evaluation,
            failures.kind,
            failures.name,
            failures.signature,
            count(*) AS failure_count,
            min(failures.id) AS first_id,
            CASE failures.kind WHEN 'tool' THEN 1 WHEN 'log' THEN 2 ELSE 0 END AS severity
        FROM failures
        JOIN failure_evaluations ON failure_evaluations.failure_id = failures.id
        GROUP BY
            failure_evaluations.evaluation, failures.kind, failures.name, failures.signature
    ),
    placed AS (
        SELECT
            *,
            row_number() OVER (
                ORDER BY severity, failure_count DESC, kind, name, signature, evaluation
            ) AS place
        FROM counted
    )
SELECT
    placed.kind,
    placed.name,
    placed.signature,
    placed.failure_count,
    example.message,
    example.run_id,
    example.session_id,
    placed.evaluation
FROM placed
JOIN failures AS example ON example.id = placed.first_id
WHERE placed.place <= 3
ORDER BY placed.place;
