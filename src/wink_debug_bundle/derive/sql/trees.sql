-- Sessions outside of runs whose calls are told of by more than logs, with the topmost ancestor of each.
CREATE TEMP TABLE trees AS
WITH RECURSIVE
    told AS (
        SELECT tool_invocations.session_id
        FROM tool_invocations
        JOIN snapshots ON snapshots.id = tool_invocations.snapshot_id
        WHERE snapshots.artifact_id NOT IN (SELECT artifact_id FROM temp.members)
        UNION
        SELECT session_id FROM entries WHERE run_id IS NULL AND call_id IS NOT NULL AND session_id IS NOT NULL
    ),
    -- Depth bounds the climb where parents form a cycle.
    climb(session_id, ancestor, depth) AS (
        SELECT session_id, session_id, 0 FROM sessions
        UNION ALL
        SELECT climb.session_id, sessions.parent_session_id, climb.depth + 1
        FROM climb
        JOIN sessions ON sessions.session_id = climb.ancestor
        WHERE sessions.parent_session_id IS NOT NULL AND climb.depth < 64
    ),
    topmost AS (
        SELECT session_id, ancestor AS root
        FROM (
            SELECT session_id, ancestor, row_number() OVER (PARTITION BY session_id ORDER BY depth DESC) AS place
            FROM climb
        )
        WHERE place = 1
    )
SELECT session_id, root
FROM topmost
WHERE root IN (SELECT topmost.root FROM topmost JOIN told ON told.session_id = topmost.session_id);
