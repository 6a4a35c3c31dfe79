-- Find the log records of an artifact by halving, because they stand together in the order of artifacts and have no index
-- by artifact: the first one, the last one, and how many. No row if they do not stand so. Parameter: the artifact.
WITH RECURSIVE
    chosen AS (
        SELECT id AS artifact_id, record_count FROM artifacts WHERE id = CAST(? AS INTEGER) AND record_count > 0
    ),
    halves AS (
        SELECT
            (SELECT min(logs.id) FROM logs) AS low,
            (SELECT max(logs.id) FROM logs) AS high,
            NULL AS is_before  -- Whether the record in the middle of the step before is of an artifact before the chosen.
        FROM chosen
        UNION ALL
        SELECT
            CASE halves.is_before WHEN 1 THEN (halves.low + halves.high) / 2 + 1 ELSE halves.low END,
            CASE halves.is_before WHEN 0 THEN (halves.low + halves.high) / 2 ELSE halves.high END,
            CASE
                WHEN halves.is_before IS NULL THEN (
                    SELECT coalesce(logs.artifact_id < chosen.artifact_id, 0)
                    FROM logs
                    WHERE logs.id >= (halves.low + halves.high) / 2
                    ORDER BY logs.id
                    LIMIT 1
                )
            END
        FROM halves
        CROSS JOIN chosen
        WHERE halves.low < halves.high
        LIMIT 200
    ),
    ends AS (
        SELECT max(halves.low) AS first, max(halves.low) + chosen.record_count - 1 AS last, chosen.*
        FROM halves
        CROSS JOIN chosen
    )
SELECT ends.first, ends.last, ends.record_count
FROM ends
JOIN logs AS first_log ON first_log.id = ends.first AND first_log.artifact_id = ends.artifact_id
JOIN logs AS last_log ON last_log.id = ends.last AND last_log.artifact_id = ends.artifact_id
WHERE NOT EXISTS (SELECT 1 FROM logs WHERE logs.id = ends.last + 1 AND logs.artifact_id = ends.artifact_id);
