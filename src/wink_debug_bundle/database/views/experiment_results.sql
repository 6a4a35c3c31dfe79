CREATE VIEW experiment_results AS
-- Experiments of each evaluation: how many of their samples ended in which way, the percentage that passed, and what they
-- used.
SELECT
    sample_results.evaluation,  -- Evaluation, if the bundle has several or they have labels; else NULL.
    sample_results.experiment,  -- Name of the experiment; NULL for samples that name none.
    count(*) AS samples,  -- Number of samples.
    count(*) FILTER (WHERE sample_results.result = 'passed') AS passed,  -- Number of samples that passed.
    count(*) FILTER (WHERE sample_results.result = 'failed') AS failed,  -- Number of samples that were scored and did
    -- not pass.
    count(*) FILTER (WHERE sample_results.result = 'error') AS errors,  -- Number of samples that ended with an
    -- exception.
    count(*) FILTER (WHERE sample_results.result = 'unscored') AS unscored,  -- Number of samples without a score.
    round(
        100.0 * count(*) FILTER (WHERE sample_results.result = 'passed')
        / nullif(count(*) FILTER (WHERE sample_results.result != 'unscored'), 0),
        1
    ) AS pass_rate,  -- Percentage that passed of the samples that were scored or ended with an exception.
    round(avg(sample_results.score), 3) AS mean_score,  -- Mean score of the samples that have one.
    sum(sample_results.total_tokens) AS total_tokens,  -- Tokens of the samples whose tokens are known.
    CAST(round(avg(sample_results.total_tokens)) AS INTEGER) AS mean_tokens,  -- Mean of these.
    CAST(round(avg(sample_results.duration_ms)) AS INTEGER) AS mean_ms,  -- Mean milliseconds of the samples whose
    -- duration is known.
    min(CASE WHEN times.time IS NULL THEN sample_results.started_at ELSE times.utc END) AS first_started,  -- When the
    -- first sample started, ISO 8601 in UTC.
    max(CASE WHEN times.time IS NULL THEN sample_results.started_at ELSE times.utc END) AS last_started  -- When the
    -- last sample started, ISO 8601 in UTC.
FROM sample_results
LEFT JOIN times ON times.time = sample_results.started_at
GROUP BY sample_results.evaluation, sample_results.experiment;
