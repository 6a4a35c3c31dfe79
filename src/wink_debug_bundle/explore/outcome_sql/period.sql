-- The first and the last moment that anything in the bundle names, in UTC.
WITH
    moments AS (
        SELECT started_at AS time FROM runs
        UNION ALL
        SELECT ended_at FROM runs
        UNION ALL
        SELECT timestamp FROM prompt_events
        UNION ALL
        SELECT created_at FROM snapshots
        UNION ALL
        SELECT created_at FROM sessions
        UNION ALL
        SELECT min(utc) FROM times
        UNION ALL
        SELECT max(utc) FROM times
        UNION ALL
        -- Of all other records, the first and the last as the index has them: those times sort as text.
        SELECT first_record.timestamp
        FROM (
            SELECT timestamp
            FROM logs
            WHERE timestamp > '' AND NOT EXISTS (SELECT 1 FROM times WHERE times.time = logs.timestamp)
            ORDER BY timestamp
            LIMIT 1
        ) AS first_record
        UNION ALL
        SELECT last_record.timestamp
        FROM (
            SELECT timestamp
            FROM logs
            WHERE timestamp > '' AND NOT EXISTS (SELECT 1 FROM times WHERE times.time = logs.timestamp)
            ORDER BY timestamp DESC
            LIMIT 1
        ) AS last_record
    )
SELECT min(moment), max(moment)
FROM (
    SELECT CASE WHEN times.time IS NULL THEN moments.time ELSE times.utc END AS moment
    FROM moments
    LEFT JOIN times ON times.time = moments.time
)
WHERE moment > '';
