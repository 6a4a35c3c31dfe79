CREATE VIEW failure_signatures AS
-- Distinct failures: how often each occurred, in how many runs, when, and an example of it.
SELECT
    counted.kind,  -- 'run', 'sample', 'tool' or 'log'.
    counted.name,  -- What failed: class of the exception; 'score' or 'error' of a sample; tool; event.
    counted.signature,  -- What was said, without what differs from one occurrence to the next.
    counted.failure_count,  -- Number of failures.
    counted.run_count,  -- Number of runs, in an evaluation samples, in which it happened.
    counted.session_count,  -- Number of sessions in which it happened.
    counted.first_seen,  -- When it happened first, ISO 8601.
    counted.last_seen,  -- When it happened last, ISO 8601.
    example.message AS example,  -- What the first of them said.
    example.id AS example_id,  -- Row of that one in failures.
    example.run_id AS example_run_id  -- Its run.
FROM (
    SELECT
        kind,
        name,
        signature,
        count(*) AS failure_count,
        count(DISTINCT run_id) AS run_count,
        count(DISTINCT session_id) AS session_count,
        min(timestamp) AS first_seen,
        max(timestamp) AS last_seen,
        min(id) AS first_id
    FROM failures
    GROUP BY kind, name, signature
) AS counted
JOIN failures AS example ON example.id = counted.first_id;
