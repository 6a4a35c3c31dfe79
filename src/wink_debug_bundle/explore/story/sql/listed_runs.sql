-- List runs as a person chooses one, the failed first; in a bundle without runs, its root sessions.
SELECT
    runs.id,
    runs.session_id,
    runs.sample_id,
    runs.experiment,
    runs.bundle_id,
    CASE
        WHEN runs.status = 'error' OR runs.error_type IS NOT NULL THEN 'error'
        WHEN runs.passed = 1 THEN 'passed'
        WHEN runs.passed = 0 OR runs.sample_error IS NOT NULL THEN 'failed'
        ELSE 'unscored'
    END AS result,
    coalesce(nullif(runs.error_message, ''), runs.error_type, runs.sample_error, runs.score_reason) AS reason
FROM runs
ORDER BY runs.status IS NOT 'error' AND runs.passed IS NOT 0, runs.id
LIMIT :most;
