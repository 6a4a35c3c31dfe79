-- Sessions and what they contain
-- Theme: story
-- Every session below the one that started it, with its numbers of log records, tool calls, prompt events, slice items
-- and files.
WITH RECURSIVE
    tree(session_id, depth, position) AS (
        SELECT session_id, 0, coalesce(times.utc, created_at) || ' ' || session_id
        FROM sessions
        LEFT JOIN times ON times.time = sessions.created_at
        WHERE parent_session_id IS NULL
        UNION ALL
        SELECT
            child.session_id,
            tree.depth + 1,
            tree.position || '/' || coalesce(times.utc, child.created_at) || ' ' || child.session_id
        FROM tree
        JOIN sessions AS child ON child.parent_session_id = tree.session_id
        LEFT JOIN times ON times.time = child.created_at
    )
SELECT
    tree.depth,  -- NULL for sessions that are their own ancestors.
    sessions.session_id,
    sessions.created_at,
    (SELECT count(*) FROM logs WHERE logs.session_id = sessions.session_id) AS log_records,
    (SELECT count(*) FROM tool_invocations WHERE tool_invocations.session_id = sessions.session_id) AS tool_calls,
    (SELECT count(*) FROM prompt_events WHERE prompt_events.session_id = sessions.session_id) AS prompt_events,
    (SELECT count(*) FROM slice_items WHERE slice_items.session_id = sessions.session_id) AS slice_items,
    (SELECT count(*) FROM files WHERE files.session_id = sessions.session_id) AS files,
    sessions.source,
    sessions.parent_session_id
FROM sessions
LEFT JOIN tree USING (session_id)
ORDER BY tree.position IS NULL, tree.position;
