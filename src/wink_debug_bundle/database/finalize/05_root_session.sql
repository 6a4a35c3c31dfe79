-- Find the bundle's root session: the only one without a parent among those that were dumped or have children, or among
-- all if there are none of these. So a session that only a log record names does not compete with a dumped root.
WITH
    roots AS (
        SELECT
            session_id,
            source = 'snapshot'
            OR session_id IN (SELECT parent_session_id FROM sessions WHERE parent_session_id IS NOT NULL) AS dumped
        FROM sessions
        WHERE parent_session_id IS NULL
    )
UPDATE bundle_meta
SET root_session_id = (
    SELECT min(session_id) FROM roots WHERE dumped = (SELECT max(dumped) FROM roots) HAVING count(*) = 1
);
