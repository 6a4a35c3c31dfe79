-- Log records over time
-- Log records of each level in up to 40 equal spans of time. Of a level with more than 20,000 records, about 5,000
-- positions in the logs are looked at and the number is an estimate.
WITH RECURSIVE
    levels AS (
        SELECT level, count(*) AS records FROM logs GROUP BY level
    ),
    size AS (
        SELECT
            (SELECT max(id) FROM logs) AS last_id,
            (SELECT max(id) / 5000 + 1 FROM logs) AS step
    ),
    positions(id) AS (
        SELECT 1
        UNION ALL
        SELECT positions.id + size.step FROM positions CROSS JOIN size
        WHERE
            positions.id + size.step <= size.last_id
            AND EXISTS (SELECT 1 FROM levels WHERE records > 20000)
    ),
    looked_at AS (
        SELECT logs.level, CAST(round((julianday(logs.timestamp) - 2440587.5) * 86400000) AS INTEGER) AS at, 1 AS weight
        FROM levels
        CROSS JOIN logs ON logs.level = levels.level
        WHERE levels.records <= 20000
        UNION ALL
        SELECT logs.level, CAST(round((julianday(logs.timestamp) - 2440587.5) * 86400000) AS INTEGER), size.step
        FROM positions
        CROSS JOIN size
        CROSS JOIN logs ON logs.id = positions.id
        CROSS JOIN levels ON levels.level = logs.level
        WHERE levels.records > 20000
    ),
    evaluations AS (
        SELECT count(*) AS named FROM evaluation_results
    ),
    span AS (
        SELECT min(at) AS earliest, (max(at) - min(at)) / 40 + 1 AS width FROM looked_at
    )
SELECT
    strftime('%Y-%m-%dT%H:%M:%fZ', (earliest + (at - earliest) / width * width) / 1000.0, 'unixepoch') AS since,
    strftime('%Y-%m-%dT%H:%M:%fZ', (earliest + ((at - earliest) / width + 1) * width) / 1000.0, 'unixepoch') AS until,
    CASE WHEN level = '' THEN '(none)' ELSE substr(level, 1, 20) END AS level,
    sum(weight) AS records,
    nullif(rtrim(
        iif(
            EXISTS (SELECT 1 FROM levels WHERE levels.records > 20000),
            'Numbers of levels with more than 20,000 records are estimates. ',
            ''
        )
        || iif(named > 1, 'The records of all ' || named || ' evaluations are counted together.', '')
    ), '') AS note
FROM looked_at
CROSS JOIN span
CROSS JOIN evaluations
WHERE at IS NOT NULL
GROUP BY since, until, level
ORDER BY since, level;
