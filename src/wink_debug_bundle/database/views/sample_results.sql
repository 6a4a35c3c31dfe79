CREATE VIEW sample_results AS
-- Samples of evaluations: how each ended, its score, and why it failed.
SELECT
    runs.id AS run_id,  -- Row in runs; NULL if only a session records the sample (0.12 to 0.20).
    runs.sample_id,  -- Sample; NULL if the run ended with an exception, because its zip does not name it.
    runs.experiment,  -- Name of the experiment.
    runs.result,  -- How the sample ended: 'passed', 'failed' (scored, not passed), 'error' (the run ended with an
    -- exception; the library then executes the sample again without a zip, so its own report may say that it passed) or
    -- 'unscored'; NULL if the zip cannot be opened.
    runs.score,  -- Score of the sample.
    failures.message AS failure,  -- Why it failed: message of the exception, of the sample's error or of the evaluator;
    -- NULL if it did not.
    failures.signature AS failure_signature,  -- That message without ids, numbers, paths, addresses, times and quoted
    -- values.
    runs.prompt_ns,  -- Namespace of the prompt.
    runs.prompt_key,  -- Key of the prompt.
    runs.adapter,  -- Provider adapter in use.
    runs.total_tokens,  -- Tokens of the run, or of the session; NULL if the session has several samples.
    runs.tool_call_count,  -- Number of tool calls of the run, or of the session; NULL if the session has several
    -- samples.
    runs.failed_call_count,  -- Number of those calls that did not succeed.
    coalesce(runs.latency_ms, runs.duration_ms) AS duration_ms,  -- Milliseconds that the sample took; if the evaluation
    -- did not measure them, those of the run.
    runs.started_at,  -- When the run started, ISO 8601; for a session, the earliest time that is known of it.
    CASE WHEN input.is_json THEN input.content -> '$.request' END AS request,  -- JSON of the request, which
    -- distinguishes samples without an id.
    runs.session_id,  -- The run's root session, or the session of the sample.
    runs.path,  -- Path of the run's zip, or of the file that holds the session.
    runs.evaluation  -- Evaluation that the sample belongs to; NULL if it needs no name.
FROM runs
LEFT JOIN failures ON failures.run_id = runs.id AND failures.kind IN ('run', 'sample')
LEFT JOIN run_members AS input ON input.run_id = runs.id AND input.path = 'request/input.json'
WHERE runs.sample_id IS NOT NULL OR runs.experiment IS NOT NULL OR runs.score IS NOT NULL
UNION ALL
SELECT
    NULL,
    samples.sample_id,
    samples.experiment,
    samples.result,
    samples.score,
    samples.failure,
    (
        SELECT min(failures.signature)
        FROM failures
        WHERE failures.session_id = samples.session_id
            AND failures.run_id IS NULL
            AND failures.kind = 'sample'
            AND failures.message = substr(samples.failure, 1, 1000)
    ),
    (SELECT min(events.prompt_ns) FROM prompt_events AS events WHERE events.session_id = samples.session_id),
    (SELECT min(events.prompt_key) FROM prompt_events AS events WHERE events.session_id = samples.session_id),
    (SELECT min(events.adapter) FROM prompt_events AS events WHERE events.session_id = samples.session_id),
    (
        SELECT sum(events.total_tokens)
        FROM prompt_events AS events
        WHERE events.session_id = samples.session_id AND samples.session_sample_count = 1
    ),
    CASE
        WHEN samples.session_sample_count = 1
            THEN (SELECT count(*) FROM calls WHERE calls.session_id = samples.session_id)
    END,
    CASE
        WHEN samples.session_sample_count = 1
            THEN (SELECT count(*) FROM calls WHERE calls.session_id = samples.session_id AND calls.success = 0)
    END,
    samples.latency_ms,
    nullif(sessions.created_at, ''),
    NULL,
    samples.session_id,
    samples.path,
    samples.evaluation
FROM session_samples AS samples
JOIN sessions ON sessions.session_id = samples.session_id;
