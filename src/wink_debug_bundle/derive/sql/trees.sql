-- Sessions outside of runs, with their topmost ancestor. Only trees whose calls are recorded by several kinds of records:
-- by logs or a transcript, and by ToolInvoked events or a transcript. Without records in logs, nothing is searched.
CREATE TEMP TABLE trees AS
WITH RECURSIVE
    logged AS (
        SELECT session_id FROM call_fragments WHERE run_id IS NULL AND session_id IS NOT NULL
        UNION
        SELECT session_id FROM entries WHERE run_id IS NULL AND call_id IS NOT NULL AND session_id IS NOT NULL
    ),
    with_calls AS (
        SELECT tool_invocations.session_id
        FROM tool_invocations
        JOIN snapshots ON snapshots.id = tool_invocations.snapshot_id
        WHERE snapshots.artifact_id NOT IN (SELECT artifact_id FROM temp.members)
        UNION
        SELECT session_id FROM entries WHERE run_id IS NULL AND call_id IS NOT NULL AND session_id IS NOT NULL
    ),
    -- The depth is limited in case parents form a cycle.
    ancestors(session_id, ancestor, depth) AS (
        SELECT session_id, session_id, 0 FROM sessions WHERE EXISTS (SELECT 1 FROM logged)
        UNION ALL
        SELECT ancestors.session_id, sessions.parent_session_id, ancestors.depth + 1
        FROM ancestors
        JOIN sessions ON sessions.session_id = ancestors.ancestor
        WHERE sessions.parent_session_id IS NOT NULL AND ancestors.depth < 64
    ),
    topmost AS (
        SELECT session_id, ancestor AS root
        FROM (
            SELECT session_id, ancestor, row_number() OVER (PARTITION BY session_id ORDER BY depth DESC) AS position
            FROM ancestors
        )
        WHERE position = 1
    )
SELECT session_id, root
FROM topmost
WHERE root IN (SELECT topmost.root FROM topmost JOIN logged ON logged.session_id = topmost.session_id)
    AND root IN (SELECT topmost.root FROM topmost JOIN with_calls ON with_calls.session_id = topmost.session_id);
