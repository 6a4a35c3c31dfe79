-- List runs as a person chooses one, the failed first; in a bundle without runs, its root sessions.
SELECT
    runs.id,
    runs.session_id,
    runs.sample_id,
    runs.experiment,
    runs.bundle_id,
    runs.result,
    coalesce(nullif(runs.error_message, ''), runs.error_type, runs.sample_error, runs.score_reason) AS reason
FROM runs
ORDER BY coalesce(runs.result NOT IN ('error', 'failed'), 1), runs.id
LIMIT :most;
