-- Tokens of each model in each run, as the transcript counts them.
SELECT
    run_id,
    model,
    sum(
        max(context_tokens - coalesce(cached_tokens, 0) - coalesce(cache_write_tokens, 0), 0)
    ) AS input_tokens,
    coalesce(sum(cached_tokens), 0) AS cached_tokens,
    coalesce(sum(cache_write_tokens), 0) AS cache_write_tokens,
    coalesce(sum(output_tokens), 0) AS output_tokens
FROM turn_tokens
WHERE run_id IS NOT NULL
GROUP BY run_id, model
ORDER BY run_id, model;
