-- What was the last action before each failure?
-- Theme: failures
-- Every run that ended with an exception and every sample that did not pass: why, and the last tool call and text
-- before.
-- :reason  Part of a reason that failure-reasons shows, in any case; if empty, all are listed.
SELECT
    evaluation,
    run_id,
    sample_id,
    CASE kind WHEN 'sample' THEN message ELSE name || ': ' || message END AS reason,
    last_tool,
    last_outcome,
    last_params,
    substr(last_result, 1, 500) AS last_result,
    last_entry_type,
    substr(last_text, 1, 500) AS last_text,
    failed_at,
    session_id
FROM failed_runs
WHERE coalesce(:reason, '') = '' OR instr(lower(name || ': ' || signature), lower(:reason))
ORDER BY evaluation, kind, name, signature, failed_at, run_id;
