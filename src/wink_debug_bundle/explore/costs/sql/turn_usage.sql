-- Tokens of each turn of the model, as the transcript counts them: those that were neither read from the cache nor
-- written to it, and all three together.
SELECT
    turn_tokens.run_id,
    turn_tokens.session_id,
    runs.experiment,
    turn_tokens.source,
    turn_tokens.turn,
    turn_tokens.model,
    CAST(max(
        turn_tokens.context_tokens
        - coalesce(turn_tokens.cached_tokens, 0)
        - coalesce(turn_tokens.cache_write_tokens, 0),
        0
    ) AS INTEGER) AS input_tokens,
    CAST(coalesce(turn_tokens.cached_tokens, 0) AS INTEGER) AS cached_tokens,
    CAST(coalesce(turn_tokens.cache_write_tokens, 0) AS INTEGER) AS cache_write_tokens,
    CAST(coalesce(turn_tokens.output_tokens, 0) AS INTEGER) AS output_tokens,
    CAST(turn_tokens.context_tokens AS INTEGER) AS context_tokens,
    logs.timestamp,
    coalesce(runs.evaluation, sessions.evaluation) AS evaluation
FROM turn_tokens
LEFT JOIN runs ON runs.id = turn_tokens.run_id
LEFT JOIN sessions ON sessions.session_id = turn_tokens.session_id
LEFT JOIN entries ON entries.id = turn_tokens.entry_id
LEFT JOIN logs ON logs.id = entries.log_id
ORDER BY turn_tokens.entry_id;
