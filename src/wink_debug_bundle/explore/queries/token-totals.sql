-- How many tokens did the runs use?
-- Theme: tokens
-- Tokens of the runs of each evaluation, experiment, prompt and adapter, by how the runs ended; unknown_count is the number
-- of runs without token counts.
SELECT
    evaluation,
    experiment,
    prompt_ns || '/' || prompt_key AS prompt,
    adapter,
    status,
    count(*) AS run_count,
    sum(total_tokens IS NULL) AS unknown_count,
    sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(output_tokens) AS output_tokens,
    sum(total_tokens) AS total_tokens,
    CAST(round(avg(total_tokens)) AS INTEGER) AS mean_tokens,
    max(total_tokens) AS max_tokens
FROM runs
GROUP BY evaluation, experiment, prompt_ns, prompt_key, adapter, status
ORDER BY evaluation, sum(total_tokens) DESC, experiment, prompt, adapter, status;
