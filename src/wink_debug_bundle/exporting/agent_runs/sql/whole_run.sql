-- Read what is known about one run as a whole. Parameter run: its number.
SELECT
    artifacts.sha256,
    runs.bundle_id,
    runs.execution_id,
    runs.request_id,
    runs.session_id,
    coalesce(started.utc, runs.started_at) AS started_at,
    coalesce(ended.utc, runs.ended_at) AS ended_at,
    runs.prompt_ns,
    runs.prompt_key,
    runs.adapter,
    runs.attempt,
    runs.worker_id,
    runs.trace_id,
    runs.span_id,
    runs.input_tokens,
    runs.output_tokens,
    runs.cached_tokens,
    runs.error_type,
    runs.error_message,
    runs.traceback,
    runs.sample_id,
    runs.experiment,
    runs.score,
    runs.score_reason,
    runs.sample_error,
    runs.result,
    runs.library_version,
    runs.evaluation
FROM runs
JOIN artifacts ON artifacts.id = runs.id
LEFT JOIN times AS started ON started.time = runs.started_at
LEFT JOIN times AS ended ON ended.time = runs.ended_at
WHERE runs.id = :run;
