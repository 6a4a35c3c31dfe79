-- Every execution of a sample in the chosen experiment, with what it took: one row for each. Parameters: experiment, its
-- name or NULL; every_experiment, 1 to choose all.
SELECT
    run_id,
    session_id,
    sample_id,
    experiment,
    result,
    score,
    failure,
    failure_signature,
    total_tokens,
    duration_ms,
    tool_call_count,
    failed_call_count,
    path,
    request
FROM sample_results
WHERE :every_experiment OR experiment IS :experiment
ORDER BY run_id IS NULL, run_id, session_id, sample_id;
