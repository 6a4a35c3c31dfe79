CREATE VIEW sample_results AS
-- Samples of evaluations: how each ended, its score, and why it failed.
SELECT
    runs.id AS run_id,  -- Row in runs.
    runs.sample_id,  -- Sample; NULL if the run ended with an exception, because its zip does not name it.
    runs.experiment,  -- Name of the experiment.
    CASE
        WHEN runs.status = 'error' OR runs.error_type IS NOT NULL THEN 'error'
        WHEN runs.passed = 1 THEN 'passed'
        WHEN runs.passed = 0 OR runs.sample_error IS NOT NULL THEN 'failed'
        ELSE 'unscored'
    END AS result,  -- How the sample ended: 'passed', 'failed' (scored, not passed), 'error' (the run ended with an
    -- exception; the library then executes the sample again without a zip, so its own report may say that it passed) or
    -- 'unscored'.
    runs.score,  -- Score of the sample.
    failures.message AS failure,  -- Why it failed: message of the exception, of the sample's error or of the evaluator;
    -- NULL if it did not.
    failures.signature AS failure_signature,  -- That message without ids, numbers, paths, addresses, times and quoted
    -- values.
    runs.prompt_ns,  -- Namespace of the prompt.
    runs.prompt_key,  -- Key of the prompt.
    runs.adapter,  -- Provider adapter in use.
    runs.total_tokens,  -- Tokens of the run.
    runs.tool_call_count,  -- Number of tool calls of the run.
    runs.failed_call_count,  -- Number of those calls that did not succeed.
    coalesce(runs.latency_ms, runs.duration_ms) AS duration_ms,  -- Milliseconds that the sample took; if the evaluation
    -- did not measure them, those of the run.
    runs.started_at,  -- When the run started, ISO 8601.
    CASE WHEN input.is_json THEN input.content -> '$.request' END AS request,  -- JSON of the request, which
    -- distinguishes samples without an id.
    runs.session_id,  -- The run's root session.
    runs.path  -- Path of the run's zip.
FROM runs
LEFT JOIN failures ON failures.run_id = runs.id AND failures.kind IN ('run', 'sample')
LEFT JOIN run_members AS input ON input.run_id = runs.id AND input.path = 'request/input.json'
WHERE runs.sample_id IS NOT NULL OR runs.experiment IS NOT NULL OR runs.score IS NOT NULL;
