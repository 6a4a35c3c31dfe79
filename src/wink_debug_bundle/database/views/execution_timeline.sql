CREATE VIEW execution_timeline AS
-- Prompts rendered, tools invoked and prompts executed, in order of time.
SELECT
    timestamp,  -- When it happened, ISO 8601.
    'prompt_rendered' AS event_type,  -- What happened: 'prompt_rendered', 'tool_invoked' or 'prompt_executed'.
    prompt_name AS name,  -- Name of the prompt or of the tool.
    session_id,  -- Session in which it happened.
    char_count AS detail,  -- Number of characters rendered, or of tokens used; NULL for tools.
    NULL AS success  -- 1 for a call that succeeded or a prompt with a result, 0 for other calls and executed prompts;
    -- NULL for a rendering.
FROM prompt_events WHERE event_type = 'rendered'
UNION ALL
SELECT
    timestamp,
    'tool_invoked' AS event_type,
    tool_name AS name,
    session_id,
    NULL AS detail,
    result_success AS success
FROM tool_invocations
UNION ALL
SELECT
    timestamp,
    'prompt_executed' AS event_type,
    prompt_name AS name,
    session_id,
    total_tokens AS detail,
    CASE WHEN result IS NOT NULL THEN 1 ELSE 0 END AS success
FROM prompt_events WHERE event_type = 'executed'
ORDER BY timestamp;
