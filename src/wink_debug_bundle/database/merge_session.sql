-- Merge new evidence of a session with its row: snapshots take precedence, otherwise the earliest time is kept.
INSERT INTO sessions (session_id, parent_session_id, created_at, tags, source)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (session_id) DO UPDATE SET
    parent_session_id = CASE
        WHEN (excluded.source = 'snapshot') > (sessions.source = 'snapshot')
            THEN coalesce(excluded.parent_session_id, sessions.parent_session_id)
        ELSE coalesce(sessions.parent_session_id, excluded.parent_session_id)
    END,
    created_at = CASE
        WHEN excluded.created_at = '' THEN sessions.created_at
        WHEN sessions.created_at = '' THEN excluded.created_at
        WHEN (excluded.source = 'snapshot') > (sessions.source = 'snapshot') THEN excluded.created_at
        WHEN (excluded.source = 'snapshot') < (sessions.source = 'snapshot') THEN sessions.created_at
        ELSE min(sessions.created_at, excluded.created_at)
    END,
    tags = coalesce(excluded.tags, sessions.tags),
    source = CASE
        WHEN 'snapshot' IN (sessions.source, excluded.source) THEN 'snapshot'
        WHEN 'log' IN (sessions.source, excluded.source) THEN 'log'
        WHEN 'run' IN (sessions.source, excluded.source) THEN 'run'
        WHEN 'path' IN (sessions.source, excluded.source) THEN 'path'
        ELSE 'reference'
    END;
