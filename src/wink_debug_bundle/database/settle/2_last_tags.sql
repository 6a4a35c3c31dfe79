-- A session that was dumped more than once has the tags of its last snapshot.
UPDATE sessions
SET tags = (
    SELECT coalesce(json_extract(envelope, '$.tags'), '{}')
    FROM snapshots
    WHERE snapshots.session_id = sessions.session_id
    ORDER BY created_at DESC, id DESC
    LIMIT 1
)
WHERE session_id IN (SELECT session_id FROM snapshots GROUP BY session_id HAVING count(*) > 1);
