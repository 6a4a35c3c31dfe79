-- How many tokens did the runs use?
-- Tokens of the runs of each experiment, prompt and adapter, by how the runs ended; unknown_count is the number of runs without token counts.
SELECT
    experiment,
    prompt_ns || '/' || prompt_key AS prompt,
    adapter,
    status,
    COUNT(*) AS run_count,
    SUM(total_tokens IS NULL) AS unknown_count,
    SUM(input_tokens) AS input_tokens,
    SUM(cached_tokens) AS cached_tokens,
    SUM(output_tokens) AS output_tokens,
    SUM(total_tokens) AS total_tokens,
    CAST(ROUND(AVG(total_tokens)) AS INTEGER) AS mean_tokens,
    MAX(total_tokens) AS max_tokens
FROM runs
GROUP BY experiment, prompt_ns, prompt_key, adapter, status
ORDER BY SUM(total_tokens) DESC, experiment, prompt, adapter, status;
