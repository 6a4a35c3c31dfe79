-- How many samples passed?
-- Samples of each experiment, prompt and adapter: how many passed, failed or ended with an exception (errors; the library executes these again without a zip), the percentage that passed, and mean score, tokens and duration.
SELECT
    experiment,
    prompt_ns || '/' || prompt_key AS prompt,
    adapter,
    COUNT(*) AS samples,
    SUM(result = 'passed') AS passed,
    SUM(result = 'failed') AS failed,
    SUM(result = 'error') AS errors,
    SUM(result = 'unscored') AS unscored,
    ROUND(100.0 * SUM(result = 'passed') / NULLIF(SUM(result <> 'unscored'), 0), 1) AS pass_rate,
    ROUND(AVG(score), 3) AS mean_score,
    CAST(ROUND(AVG(total_tokens)) AS INTEGER) AS mean_tokens,
    CAST(ROUND(AVG(duration_ms)) AS INTEGER) AS mean_ms
FROM sample_results
GROUP BY experiment, prompt_ns, prompt_key, adapter
ORDER BY experiment, prompt, adapter;
