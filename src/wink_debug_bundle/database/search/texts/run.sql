-- What runs say of their sample and their error.
SELECT
    id AS row_id,
    id AS run_id,
    session_id,
    NULL AS tool_name,
    NULL AS level,
    coalesce(sample_id, request_id, bundle_id) AS name,
    started_at AS timestamp,
    coalesce(sample_id || ' ', '') || coalesce(experiment || ' ', '') || coalesce(score_reason || ' ', '')
    || coalesce(sample_error || ' ', '') || coalesce(error_type || ': ', '') || coalesce(error_message || ' ', '')
    || coalesce(traceback, '') AS text,
    NULL AS data
FROM runs
WHERE coalesce(sample_id, experiment, score_reason, sample_error, error_type, error_message, traceback) IS NOT NULL;
