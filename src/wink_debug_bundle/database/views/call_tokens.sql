CREATE VIEW call_tokens AS
-- Tokens of the turn of the model that requested each tool call, which a call in vain has cost; if the transcript has no
-- counts for that turn, those of the turn before. Calls without token counts are left out.
WITH
    turns AS (
        SELECT
            turn_tokens.run_id,
            turn_tokens.session_id,
            turn_tokens.source,
            turn_tokens.turn,
            turn_tokens.context_tokens,
            turn_tokens.output_tokens,
            -- Codex records the tokens after the calls of the turn, Claude with its first message.
            CASE entries.entry_type
                WHEN 'token_usage' THEN coalesce(lag(turn_tokens.entry_id) OVER neighbours, 0) + 1
                ELSE turn_tokens.entry_id
            END AS first_id,
            CASE entries.entry_type
                WHEN 'token_usage' THEN turn_tokens.entry_id
                ELSE coalesce(lead(turn_tokens.entry_id) OVER neighbours, 9223372036854775807) - 1
            END AS last_id
        FROM turn_tokens
        JOIN entries ON entries.id = turn_tokens.entry_id
        WINDOW
            neighbours AS (
                PARTITION BY turn_tokens.run_id, turn_tokens.session_id, turn_tokens.source
                ORDER BY turn_tokens.turn
            )
    )
SELECT
    calls.id AS call_id,  -- Row in calls.
    calls.run_id,  -- Run the call belongs to; NULL outside of runs.
    calls.session_id,  -- Session that called the tool.
    turns.source,  -- 'main' for the main agent; for a subagent its name, until 0.23 the path of its transcript; NULL
    -- if the counts are from a session's event.
    turns.turn,  -- Number of the turn, as in turn_tokens; several calls of one turn share its tokens. NULL if the
    -- counts are from a session's event.
    coalesce(turns.context_tokens, event.input_tokens) AS context_tokens,  -- All input tokens of the turn, cached or
    -- not.
    coalesce(turns.output_tokens, event.output_tokens) AS output_tokens  -- Output tokens of the turn.
FROM calls
LEFT JOIN entries AS requested ON requested.id = calls.use_entry_id
LEFT JOIN turns
ON turns.session_id = requested.session_id
AND turns.source = requested.source
AND coalesce(turns.run_id, 0) = coalesce(requested.run_id, 0)
AND requested.id BETWEEN turns.first_id AND turns.last_id
LEFT JOIN tool_invocations AS event ON event.event_id = calls.event_id
WHERE turns.turn IS NOT NULL OR event.input_tokens IS NOT NULL;
