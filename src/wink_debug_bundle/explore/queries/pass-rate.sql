-- How many samples passed?
-- Theme: results
-- Samples of each evaluation, experiment, prompt and adapter: how many passed, failed or ended with an exception (errors;
-- the library executes these again without a zip), the percentage that passed, and mean score, tokens and duration;
-- no_ms is the number of samples whose duration is unknown, or cannot be true, and is not in the mean.
SELECT
    evaluation,
    experiment,
    prompt_ns || '/' || prompt_key AS prompt,
    adapter,
    count(*) AS samples,
    sum(result = 'passed') AS passed,
    sum(result = 'failed') AS failed,
    sum(result = 'error') AS errors,
    sum(result = 'unscored') AS unscored,
    round(100.0 * sum(result = 'passed') / nullif(sum(result != 'unscored'), 0), 1) AS pass_rate,
    round(avg(score), 3) AS mean_score,
    CAST(round(avg(total_tokens)) AS INTEGER) AS mean_tokens,
    CAST(round(avg(duration_ms)) AS INTEGER) AS mean_ms,
    sum(duration_ms IS NULL) AS no_ms
FROM sample_results
GROUP BY evaluation, experiment, prompt_ns, prompt_key, adapter
ORDER BY evaluation, experiment, prompt, adapter;
