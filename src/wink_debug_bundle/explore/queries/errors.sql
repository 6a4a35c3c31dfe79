-- What errors occurred?
-- Theme: failures
-- Errors and warnings of the logs of each evaluation by event, or by logger without one: critical ones first, then
-- errors, then warnings, the most frequent of each level first. Message, detail and session are those of the last
-- record, row log_id of logs.
WITH
    logged AS (
        SELECT
            artifacts.evaluation,
            logs.level,
            coalesce(nullif(logs.event, ''), logs.logger) AS event,
            count(*) AS record_count,
            count(DISTINCT logs.session_id) AS session_count,
            min(CASE WHEN times.time IS NULL THEN logs.timestamp ELSE times.utc END) AS first_seen,
            max(CASE WHEN times.time IS NULL THEN logs.timestamp ELSE times.utc END) AS last_seen,
            max(logs.id) AS log_id
        FROM logs
        JOIN artifacts ON artifacts.id = logs.artifact_id
        LEFT JOIN times ON times.time = logs.timestamp
        WHERE logs.level IN ('CRITICAL', 'ERROR', 'WARNING')
        GROUP BY artifacts.evaluation, logs.level, coalesce(nullif(logs.event, ''), logs.logger)
    )
SELECT
    logged.evaluation,
    logged.level,
    logged.event,
    logged.record_count AS count,
    logged.session_count AS sessions,
    last_one.message,
    CASE WHEN json_valid(last_one.context) THEN last_one.context ->> '$.error' END AS error_detail,
    logged.first_seen,
    logged.last_seen,
    last_one.session_id,
    logged.log_id
FROM logged
JOIN logs AS last_one ON last_one.id = logged.log_id
ORDER BY
    logged.evaluation,
    CASE logged.level WHEN 'CRITICAL' THEN 0 WHEN 'ERROR' THEN 1 ELSE 2 END,
    count DESC,
    logged.event;
