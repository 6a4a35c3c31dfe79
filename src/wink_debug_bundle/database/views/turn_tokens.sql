CREATE VIEW turn_tokens AS
-- Tokens of each turn of the model, as the transcript tells, and by how much the context grew since the turn before.
WITH
    told AS (
        SELECT
            *,
            -- Codex counts cached tokens among the input, Claude beside it, and so those that it puts into the cache.
            input_tokens + CASE
                WHEN entry_type = 'token_usage' THEN 0
                ELSE coalesce(cached_tokens, 0) + coalesce(cache_write_tokens, 0)
            END AS context_tokens
        FROM entries
        WHERE input_tokens IS NOT NULL
    ),
    compared AS (
        SELECT
            *,
            lag(log_id) OVER said IS NULL
            OR context_tokens IS NOT lag(context_tokens) OVER said
            OR input_tokens IS NOT lag(input_tokens) OVER said AS is_new  -- A message may stand on several lines.
        FROM told
        WINDOW said AS (PARTITION BY run_id, session_id, source ORDER BY id)
    ),
    turns AS (
        SELECT *, sum(is_new) OVER (PARTITION BY run_id, session_id, source ORDER BY id) AS turn
        FROM compared
    )
SELECT
    run_id,  -- Run the turn belongs to; NULL outside of runs.
    session_id,  -- Session it belongs to.
    source,  -- 'main', or the subagent that it is of.
    turn,  -- Number of the turn, from 1.
    max(input_tokens) AS input_tokens,  -- Input tokens of the turn.
    max(cached_tokens) AS cached_tokens,  -- Input read from the cache; Claude counts it beside the input, Codex among it.
    max(cache_write_tokens) AS cache_write_tokens,  -- Input put into the cache, which Claude counts beside the input.
    max(output_tokens) AS output_tokens,  -- Output tokens of the turn.
    max(context_tokens) AS context_tokens,  -- Input of the turn, cached or not.
    max(context_tokens) - lag(max(context_tokens)) OVER (
        PARTITION BY run_id, session_id, source ORDER BY turn
    ) AS growth,  -- By how much that is more than in the turn before.
    max(model) AS model,  -- Model of the turn.
    min(id) AS entry_id  -- Its first entry.
FROM turns
GROUP BY run_id, session_id, source, turn;
