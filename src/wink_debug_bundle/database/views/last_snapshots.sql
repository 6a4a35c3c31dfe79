CREATE VIEW last_snapshots AS
-- The last snapshot of each session.
SELECT
    id,  -- Row in snapshots.
    session_id  -- Session that was dumped.
FROM (
    SELECT
        snapshots.id,
        snapshots.session_id,
        row_number() OVER (
            PARTITION BY snapshots.session_id
            ORDER BY
                CASE WHEN times.time IS NULL THEN snapshots.created_at ELSE times.utc END DESC NULLS LAST,
                snapshots.id DESC
        ) AS age
    FROM snapshots
    LEFT JOIN times ON times.time = snapshots.created_at
) AS aged
WHERE age = 1;
