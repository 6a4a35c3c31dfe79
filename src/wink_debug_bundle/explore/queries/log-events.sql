-- What was logged, and how often?
-- Theme: logs
-- Number of log records of each evaluation by event and level; records without an event are counted by their logger.
SELECT
    artifacts.evaluation,
    count(*) AS record_count,
    coalesce(nullif(event, ''), logger) AS event_or_logger,
    level,
    min(CASE WHEN times.time IS NULL THEN timestamp ELSE times.utc END) AS first_seen,
    max(CASE WHEN times.time IS NULL THEN timestamp ELSE times.utc END) AS last_seen
FROM logs
JOIN artifacts ON artifacts.id = logs.artifact_id
LEFT JOIN times ON times.time = logs.timestamp
GROUP BY artifacts.evaluation, event_or_logger, level
ORDER BY artifacts.evaluation, record_count DESC, event_or_logger, level;
