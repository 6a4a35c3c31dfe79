-- How did each sample end?
-- Theme: results
-- Samples of evaluations with result, score and reason, failed ones first.
-- :result  One of 'passed', 'failed', 'error' and 'unscored'; if empty, all samples are listed.
SELECT
    evaluation,
    run_id,
    sample_id,
    experiment,
    result,
    score,
    failure,
    total_tokens,
    tool_call_count,
    failed_call_count,
    duration_ms,
    substr(request, 1, 500) AS request,
    path
FROM sample_results
WHERE coalesce(:result, '') = '' OR result = :result
ORDER BY result = 'passed', evaluation, experiment, sample_id IS NULL, sample_id, run_id;
