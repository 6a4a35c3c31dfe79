CREATE VIEW turn_tokens AS
-- Tokens of each turn of the model, as recorded in the transcript, and the growth of the context since the turn before.
WITH
    entries_with_tokens AS (
        SELECT
            *,
            -- Codex counts cached tokens within the input tokens; Claude counts them apart, like those it writes to the
            -- cache.
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
            CASE  -- Several entries may repeat one message.
                WHEN lag(log_id) OVER previous IS NULL THEN 1
                WHEN context_tokens != lag(context_tokens) OVER previous THEN 1
                WHEN input_tokens != lag(input_tokens) OVER previous THEN 1
                ELSE 0
            END AS is_new
        FROM entries_with_tokens
        WINDOW previous AS (PARTITION BY run_id, session_id, source ORDER BY id)
    ),
    turns AS (
        SELECT *, sum(is_new) OVER (PARTITION BY run_id, session_id, source ORDER BY id) AS turn
        FROM compared
    ),
    -- Windows, and not groups: SQLite hands a condition on run_id, or on the other columns by which all windows divide
    -- the entries, down to the table, so that the turns of one run cost what that run has.
    entries_of_turns AS (
        SELECT
            id,
            run_id,
            session_id,
            source,
            turn,
            max(input_tokens) OVER same_turn AS input_tokens,
            max(cached_tokens) OVER same_turn AS cached_tokens,
            max(cache_write_tokens) OVER same_turn AS cache_write_tokens,
            max(output_tokens) OVER same_turn AS output_tokens,
            max(context_tokens) OVER same_turn AS context_tokens,
            max(model) OVER same_turn AS model,
            min(id) OVER same_turn AS entry_id
        FROM turns
        WINDOW same_turn AS (PARTITION BY run_id, session_id, source, turn)
    )
SELECT
    run_id,  -- Run the turn belongs to; NULL outside of runs.
    session_id,  -- Session it belongs to.
    source,  -- 'main' for the main agent; for a subagent its name, until 0.23 the path of its transcript.
    turn,  -- Number of the turn, from 1.
    input_tokens,  -- Input tokens of the turn.
    cached_tokens,  -- Input tokens read from the cache; Claude counts them apart from input_tokens, Codex within.
    cache_write_tokens,  -- Input tokens written to the cache; only Claude counts them, apart from input_tokens.
    output_tokens,  -- Output tokens of the turn.
    context_tokens,  -- All input tokens of the turn, cached or not.
    context_tokens - lag(context_tokens) OVER (
        PARTITION BY run_id, session_id, source ORDER BY turn
    ) AS growth,  -- Difference to context_tokens of the turn before; NULL for the first turn.
    model,  -- Model of the turn; NULL if the transcript does not name it.
    entry_id  -- First entry of the turn, a row in entries.
FROM entries_of_turns
WHERE id = entry_id;
