-- Read what evaluations said about a run, or about the samples that a session outside of runs records. Parameters: run,
-- the run's number, NULL outside of runs; session, the session.
SELECT sample_id, experiment, result, score, score_reason AS reason, sample_error AS error, ended_at AS time
FROM runs
WHERE id = :run AND (score IS NOT NULL OR passed IS NOT NULL OR sample_error IS NOT NULL)
UNION ALL
SELECT
    sample_id,
    experiment,
    result,
    score,
    iif(result = 'error', NULL, failure),
    iif(result = 'error', failure, NULL),
    ended_at
FROM session_samples
WHERE :run IS NULL AND session_id = :session;
