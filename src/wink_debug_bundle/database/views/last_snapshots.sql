CREATE VIEW last_snapshots AS
-- The last snapshot of each session.
SELECT
    id,  -- Row in snapshots.
    session_id  -- Session that was dumped.
FROM (
    SELECT id, session_id, row_number() OVER (PARTITION BY session_id ORDER BY created_at DESC, id DESC) AS age
    FROM snapshots
)
WHERE age = 1;
