-- Why did runs, samples and tools fail?
-- Distinct failures with an example each: runs that ended with an exception and samples that did not pass, then tool calls, then errors of the logs; the most frequent first. What differs from one to the next stands in angle brackets.
SELECT
    kind,
    failure_count,
    run_count,
    ROUND(100.0 * run_count / (SELECT NULLIF(COUNT(*), 0) FROM runs), 1) AS percent_of_runs,
    name,
    signature,
    example,
    example_run_id,
    first_seen,
    last_seen,
    session_count
FROM failure_signatures
ORDER BY
    CASE kind WHEN 'tool' THEN 1 WHEN 'log' THEN 2 ELSE 0 END,
    failure_count DESC,
    kind,
    name,
    signature;
