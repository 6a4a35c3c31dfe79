-- List what is exported: each run, then the root of each tree of sessions outside of runs that holds anything.
WITH RECURSIVE
    above(session_id, parent_session_id, depth) AS (
        SELECT session_results.session_id, session_results.parent_session_id, 0
        FROM session_results
        UNION
        SELECT sessions.session_id, sessions.parent_session_id, above.depth + 1
        FROM above
        JOIN sessions ON sessions.session_id = above.parent_session_id
        WHERE above.depth < 64
    ),
    roots(session_id) AS (
        SELECT session_id
        FROM above
        WHERE parent_session_id IS NULL
        EXCEPT
        SELECT session_id
        FROM runs
    )
SELECT id AS run_id, session_id, 0 AS is_session, '' AS created_at
FROM runs
UNION ALL
SELECT NULL, roots.session_id, 1, sessions.created_at
FROM roots
JOIN sessions ON sessions.session_id = roots.session_id
ORDER BY is_session, run_id, created_at, session_id;
