-- Why did runs, samples and tools fail?
-- Theme: failures
-- Distinct reasons, each with an example: for runs that ended with an exception and samples that did not pass, then for
-- tool calls, then for errors in logs; the most frequent first. Angle brackets mark what differs between failures;
-- run_id is the run of the example.
SELECT
    kind,
    failure_count AS count,
    run_count AS runs,
    round(100.0 * run_count / (SELECT nullif(count(*), 0) FROM runs), 1) AS percent,
    CASE kind WHEN 'sample' THEN signature ELSE name || ': ' || signature END AS reason,
    example,
    example_run_id AS run_id,
    substr(first_seen, 1, 19) AS first_seen,
    substr(last_seen, 1, 19) AS last_seen
FROM failure_signatures
ORDER BY
    CASE kind WHEN 'tool' THEN 1 WHEN 'log' THEN 2 ELSE 0 END,
    failure_count DESC,
    kind,
    reason;
