-- Give sessions that were dumped more than once the tags and the parent of their last snapshot. Tags that are not an
-- object count as empty. A snapshot without the key parent_id leaves the parent as it is.
UPDATE sessions
SET
    (tags, parent_session_id) = (
        SELECT
            CASE json_type(envelope, '$.tags') WHEN 'object' THEN json_extract(envelope, '$.tags') ELSE '{}' END,
            CASE json_type(envelope, '$.parent_id')
                WHEN 'text' THEN nullif(json_extract(envelope, '$.parent_id'), '')
                ELSE iif(json_type(envelope, '$.parent_id') IS NULL, sessions.parent_session_id, NULL)
            END
        FROM snapshots
        WHERE snapshots.session_id = sessions.session_id
        ORDER BY utc(created_at) DESC, id DESC
        LIMIT 1
    )
WHERE session_id IN (SELECT session_id FROM snapshots GROUP BY session_id HAVING count(*) > 1);
