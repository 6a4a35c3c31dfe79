-- What was logged, and how often?
-- Number of log records by event and level; records without an event are counted by their logger.
SELECT
    count(*) AS record_count,
    coalesce(nullif(event, ''), logger) AS event_or_logger,
    level,
    min(timestamp) AS first_seen,
    max(timestamp) AS last_seen
FROM logs
GROUP BY event_or_logger, level
ORDER BY record_count DESC, event_or_logger, level;
