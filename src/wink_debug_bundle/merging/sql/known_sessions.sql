-- What the attached bundle knows of its sessions. The parent '' stands for snapshots that do not name one, as it does while
-- a bundle is built.
SELECT
    session_id,
    CASE
        WHEN source = 'snapshot' AND parent_session_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM source.snapshots AS held
                WHERE held.session_id = known.session_id AND json_type(held.envelope, '$.parent_id') IS NOT NULL
            ) THEN ''
        ELSE parent_session_id
    END,
    created_at,
    tags,
    source
FROM source.sessions AS known;
