-- Tokens of each model in each run, as the transcript counts them.
SELECT
    run_id,
    model,
    CAST(
        sum(max(context_tokens - coalesce(cached_tokens, 0) - coalesce(cache_write_tokens, 0), 0)) AS INTEGER
    ) AS input_tokens,
    CAST(coalesce(sum(cached_tokens), 0) AS INTEGER) AS cached_tokens,
    CAST(coalesce(sum(cache_write_tokens), 0) AS INTEGER) AS cache_write_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS INTEGER) AS output_tokens
FROM turn_tokens
WHERE run_id IS NOT NULL
GROUP BY run_id, model
ORDER BY run_id, model;
