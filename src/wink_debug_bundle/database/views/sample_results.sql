CREATE VIEW sample_results AS
-- Samples of evaluations: how each ended, its score, and why it failed.
SELECT
    runs.id AS run_id,  -- Row in runs.
    runs.sample_id,  -- Sample; NULL where the run failed, because its zip does not say.
    runs.experiment,  -- Name of the experiment.
    CASE
        WHEN runs.status = 'error' OR runs.error_type IS NOT NULL THEN 'error'
        WHEN runs.passed = 1 THEN 'passed'
        WHEN runs.passed = 0 OR runs.sample_error IS NOT NULL THEN 'failed'
        ELSE 'unscored'
    END AS result,  -- 'passed', 'failed' (scored, not passed), 'error' (the run ended with an exception; the library then executes the sample once more without a zip, so its own report may have it as passed) or 'unscored'.
    runs.score,  -- The sample's score.
    failures.message AS failure,  -- Why it failed: what the exception, the sample's error or the evaluator said.
    failures.signature AS failure_signature,  -- The same without what differs from sample to sample.
    runs.prompt_ns,  -- Namespace of the prompt.
    runs.prompt_key,  -- Key of the prompt.
    runs.adapter,  -- Provider adapter in use.
    runs.total_tokens,  -- Tokens of the run.
    runs.tool_call_count,  -- Tool calls of the run.
    runs.failed_call_count,  -- Those that did not succeed.
    coalesce(runs.latency_ms, runs.duration_ms) AS duration_ms,  -- What it took.
    runs.started_at,  -- When it began, ISO 8601.
    CASE WHEN asked.is_json THEN asked.content -> '$.request' END AS request,  -- JSON of what was asked for: tells failed samples apart.
    runs.session_id,  -- The run's root session.
    runs.path  -- The zip's path.
FROM runs
LEFT JOIN failures ON failures.run_id = runs.id AND failures.kind IN ('run', 'sample')
LEFT JOIN run_members AS asked ON asked.run_id = runs.id AND asked.path = 'request/input.json'
WHERE runs.sample_id IS NOT NULL OR runs.experiment IS NOT NULL OR runs.score IS NOT NULL;
