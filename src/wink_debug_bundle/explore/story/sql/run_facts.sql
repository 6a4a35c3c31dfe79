-- Read what is known about one run as a whole. Parameter run: its number.
SELECT
    runs.sample_id,
    runs.experiment,
    runs.result,
    runs.score,
    coalesce(
        (SELECT failures.message FROM failures WHERE failures.run_id = runs.id AND failures.kind IN ('run', 'sample')),
        nullif(runs.score_reason, '')
    ) AS reason,
    runs.input_tokens,
    runs.output_tokens,
    runs.cached_tokens,
    coalesce(runs.latency_ms, runs.duration_ms) AS duration_ms,
    (SELECT entries.model FROM entries WHERE entries.run_id = runs.id AND entries.model IS NOT NULL LIMIT 1) AS model,
    runs.adapter,
    CASE WHEN runs.prompt_ns IS NULL THEN runs.prompt_key ELSE runs.prompt_ns || ':' || runs.prompt_key END AS prompt,
    runs.started_at,
    runs.ended_at,
    runs.session_id,
    runs.bundle_id
FROM runs
WHERE runs.id = :run;
