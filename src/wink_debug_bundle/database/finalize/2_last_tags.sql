-- Give sessions that were dumped more than once the tags of their last snapshot; tags that are not an object count as
-- empty.
UPDATE sessions
SET
    tags = (
        SELECT CASE json_type(envelope, '$.tags') WHEN 'object' THEN json_extract(envelope, '$.tags') ELSE '{}' END
        FROM snapshots
        WHERE snapshots.session_id = sessions.session_id
        ORDER BY created_at DESC, id DESC
        LIMIT 1
    )
WHERE session_id IN (SELECT session_id FROM snapshots GROUP BY session_id HAVING count(*) > 1);
