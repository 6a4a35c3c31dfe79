-- List the sessions without a parent, those with snapshots first.
SELECT session_id, source, created_at
FROM sessions
WHERE parent_session_id IS NULL
ORDER BY source DESC, created_at, session_id
LIMIT :most;
