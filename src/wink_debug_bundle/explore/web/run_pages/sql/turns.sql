-- Read the tokens of each turn of a run, as the view turn_tokens counts them, which reads the entries of all runs.
-- Parameters: run, its number; most, a limit.
WITH
    with_tokens AS (
        SELECT
            *,
            input_tokens + CASE
                WHEN entry_type = 'token_usage' THEN 0
                ELSE coalesce(cached_tokens, 0) + coalesce(cache_write_tokens, 0)
            END AS context_tokens
        FROM entries
        WHERE run_id = :run AND input_tokens IS NOT NULL
    ),
    compared AS (
        SELECT
            *,
            CASE  -- Several entries may repeat one message.
                WHEN lag(log_id) OVER previous IS NULL THEN 1
                WHEN context_tokens != lag(context_tokens) OVER previous THEN 1
                WHEN input_tokens != lag(input_tokens) OVER previous THEN 1
                ELSE 0
            END AS is_new
        FROM with_tokens
        WINDOW previous AS (PARTITION BY session_id, source ORDER BY id)
    ),
    numbered AS (
        SELECT *, sum(is_new) OVER (PARTITION BY session_id, source ORDER BY id) AS turn
        FROM compared
    ),
    turns AS (
        SELECT
            session_id,
            source,
            turn,
            max(input_tokens) AS input_tokens,
            max(cached_tokens) AS cached_tokens,
            max(output_tokens) AS output_tokens,
            max(context_tokens) AS context_tokens,
            min(id) AS entry_id
        FROM numbered
        GROUP BY session_id, source, turn
    )
SELECT
    source,
    turn,
    input_tokens,
    cached_tokens,
    output_tokens,
    context_tokens,
    context_tokens - lag(context_tokens) OVER (PARTITION BY session_id, source ORDER BY turn) AS growth,
    entry_id
FROM turns
ORDER BY entry_id
LIMIT :most;
