CREATE VIEW execution_timeline AS
-- Prompts rendered, tools invoked and prompts executed, in order of time.
SELECT
    happened.timestamp,  -- When it happened, ISO 8601.
    happened.event_type,  -- What happened: 'prompt_rendered', 'tool_invoked' or 'prompt_executed'.
    happened.name,  -- Name of the prompt or of the tool.
    happened.session_id,  -- Session in which it happened.
    happened.detail,  -- Number of characters rendered, or of tokens used; NULL for tools.
    happened.success  -- 1 for a call that succeeded or a prompt with a result, 0 for other calls and executed prompts;
    -- NULL for a rendering.
FROM (
    SELECT
        timestamp,
        'prompt_rendered' AS event_type,
        prompt_name AS name,
        session_id,
        char_count AS detail,
        NULL AS success,
        1 AS position,
        event_id
    FROM prompt_events WHERE event_type = 'rendered'
    UNION ALL
    SELECT
        timestamp,
        'tool_invoked',
        tool_name,
        session_id,
        NULL,
        result_success,
        2,
        event_id
    FROM tool_invocations
    UNION ALL
    SELECT
        timestamp,
        'prompt_executed',
        prompt_name,
        session_id,
        total_tokens,
        CASE WHEN result IS NOT NULL THEN 1 ELSE 0 END,
        3,
        event_id
    FROM prompt_events WHERE event_type = 'executed'
) AS happened
LEFT JOIN times ON times.time = happened.timestamp
ORDER BY
    CASE WHEN times.time IS NULL THEN happened.timestamp ELSE times.utc END NULLS LAST,
    happened.position,
    happened.event_id;
