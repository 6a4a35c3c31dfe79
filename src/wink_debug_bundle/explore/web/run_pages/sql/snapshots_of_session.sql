-- List the snapshots of a session, the earliest first. Parameter session: its id.
SELECT snapshots.id
FROM snapshots
LEFT JOIN times ON times.time = snapshots.created_at
WHERE snapshots.session_id = :session
ORDER BY CASE WHEN times.time IS NULL THEN snapshots.created_at ELSE times.utc END, snapshots.id;
