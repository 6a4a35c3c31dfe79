-- Find the sessions of a run or of a session's tree: the root, those below it, and those that the run's own records
-- name. depth counts from the root; sessions that nothing links to it have the depth 1.
WITH RECURSIVE
    tree(session_id, parent_session_id, depth) AS (
        SELECT session_id, NULL, 0 FROM sessions WHERE session_id = :session
        UNION
        SELECT child.session_id, child.parent_session_id, tree.depth + 1
        FROM tree
        JOIN sessions AS child ON child.parent_session_id = tree.session_id
        WHERE tree.depth < 64
    ),
    named(session_id) AS (
        SELECT session_id FROM entries WHERE run_id = :run
        UNION
        SELECT session_id FROM calls WHERE run_id = :run
    )
SELECT session_id, parent_session_id, min(depth) AS depth
FROM tree
GROUP BY session_id
UNION ALL
SELECT named.session_id, sessions.parent_session_id, 1
FROM named
LEFT JOIN sessions ON sessions.session_id = named.session_id
WHERE named.session_id IS NOT NULL AND named.session_id NOT IN (SELECT session_id FROM tree)
ORDER BY depth, session_id;
