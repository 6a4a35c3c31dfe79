-- Find a session and those above it, the nearest first, each with the run whose root session it is.
WITH RECURSIVE
    above(session_id, parent_session_id, depth) AS (
        SELECT session_id, parent_session_id, 0 FROM sessions WHERE session_id = :session
        UNION ALL
        SELECT sessions.session_id, sessions.parent_session_id, above.depth + 1
        FROM above
        JOIN sessions ON sessions.session_id = above.parent_session_id
        WHERE above.depth < 64
    )
SELECT above.session_id, (SELECT min(runs.id) FROM runs WHERE runs.session_id = above.session_id) AS run_id
FROM above
ORDER BY above.depth;
