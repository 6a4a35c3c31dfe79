-- Merge new evidence of a session with its row: snapshots take precedence, otherwise the earliest time is kept. The parent
-- '' stands for a snapshot that does not name one; NULL in the row of a snapshot means that the session is a root.
INSERT INTO sessions (session_id, parent_session_id, created_at, tags, source)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (session_id) DO UPDATE SET
    parent_session_id = CASE
        WHEN excluded.source = 'snapshot' AND (sessions.source != 'snapshot' OR sessions.parent_session_id = '')
            THEN CASE excluded.parent_session_id
                WHEN '' THEN coalesce(sessions.parent_session_id, '')
                ELSE excluded.parent_session_id
            END
        WHEN sessions.source = 'snapshot' AND excluded.source != 'snapshot' AND sessions.parent_session_id IS NULL
            THEN NULL
        WHEN sessions.parent_session_id = '' THEN coalesce(excluded.parent_session_id, '')
        ELSE coalesce(sessions.parent_session_id, excluded.parent_session_id)
    END,
    created_at = CASE
        WHEN excluded.created_at = '' THEN sessions.created_at
        WHEN sessions.created_at = '' THEN excluded.created_at
        WHEN (excluded.source = 'snapshot') > (sessions.source = 'snapshot') THEN excluded.created_at
        WHEN (excluded.source = 'snapshot') < (sessions.source = 'snapshot') THEN sessions.created_at
        WHEN utc(excluded.created_at) < coalesce(utc(sessions.created_at), '~') THEN excluded.created_at
        ELSE sessions.created_at
    END,
    tags = coalesce(excluded.tags, sessions.tags),
    source = CASE
        WHEN 'snapshot' IN (sessions.source, excluded.source) THEN 'snapshot'
        WHEN 'log' IN (sessions.source, excluded.source) THEN 'log'
        WHEN 'run' IN (sessions.source, excluded.source) THEN 'run'
        WHEN 'path' IN (sessions.source, excluded.source) THEN 'path'
        ELSE 'reference'
    END;
