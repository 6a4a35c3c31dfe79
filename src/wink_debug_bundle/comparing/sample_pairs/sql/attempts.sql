-- Every execution of a chosen sample, with what it took: one row for each. The request, or values in it, are the keys by
-- which samples are paired; which samples are chosen is a condition on the view.
SELECT
    run_id,
    session_id,
    sample_id,
    experiment,
    result,
    score,
    substr(failure, 1, 1000) AS failure,
    failure_signature,
    total_tokens,
    duration_ms,
    tool_call_count,
    failed_call_count,
    path,
    request
FROM sample_results
WHERE experiment IS :experiment
ORDER BY run_id IS NULL, run_id, session_id, sample_id;
