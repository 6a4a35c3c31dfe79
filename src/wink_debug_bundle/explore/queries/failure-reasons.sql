-- Why did runs, samples and tools fail?
-- Theme: failures
-- Distinct reasons, each with an example: for runs that ended with an exception and samples that did not pass, then for
-- tool calls, then for errors in logs; the most frequent first. Angle brackets mark what differs between failures;
-- run_id and session_id are those of the example; percent is that of all runs of the evaluation, or of its samples that
-- only sessions record.
SELECT
    evaluation,
    kind,
    failure_count AS count,
    run_count AS runs,
    CASE
        WHEN run_count > 0
            THEN round(
                100.0 * run_count / (SELECT count(*) FROM runs WHERE runs.evaluation IS failed.evaluation), 1
            )
        WHEN kind = 'sample'
            THEN round(
                100.0 * failure_count
                / (SELECT count(*) FROM session_samples AS samples WHERE samples.evaluation IS failed.evaluation),
                1
            )
    END AS percent,
    CASE kind WHEN 'sample' THEN signature ELSE name || coalesce(': ' || nullif(signature, ''), '') END AS reason,
    example,
    example_run_id AS run_id,
    example_session_id AS session_id,
    substr(first_seen, 1, 19) AS first_seen,
    substr(last_seen, 1, 19) AS last_seen
FROM failure_signatures AS failed
ORDER BY
    evaluation,
    CASE kind WHEN 'tool' THEN 1 WHEN 'log' THEN 2 ELSE 0 END,
    failure_count DESC,
    kind,
    reason;
