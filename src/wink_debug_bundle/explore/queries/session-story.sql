-- What happened in one session?
-- Theme: story
-- Log records, prompts and tool calls of one session in order of time.
-- :session_id  Id of a session, as in sessions.session_id; if empty, the bundle's root session.
WITH
    chosen(session_id) AS (
        SELECT coalesce(nullif(:session_id, ''), (SELECT root_session_id FROM bundle_meta))
    ),
    story(timestamp, source, kind, name, detail) AS (
        SELECT timestamp, 'log' AS source, level AS kind, coalesce(nullif(event, ''), logger) AS name, message AS detail
        FROM logs
        WHERE session_id IN (SELECT session_id FROM chosen)
        UNION ALL
        SELECT timestamp, 'tool', iif(result_success = 1, 'success', 'failure'), tool_name, result_message
        FROM tool_invocations
        WHERE session_id IN (SELECT session_id FROM chosen)
        UNION ALL
        SELECT timestamp, 'prompt', event_type, prompt_name, coalesce(result, char_count || ' characters')
        FROM prompt_events
        WHERE session_id IN (SELECT session_id FROM chosen)
    )
SELECT story.timestamp, story.source, story.kind, story.name, story.detail
FROM story
LEFT JOIN times ON times.time = story.timestamp
ORDER BY CASE WHEN times.time IS NULL THEN story.timestamp ELSE times.utc END NULLS LAST;
