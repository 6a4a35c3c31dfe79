-- What was logged, and how often?
-- Number of log records by event and level; records without an event are counted by their logger.
SELECT
    COUNT(*) AS record_count,
    COALESCE(NULLIF(event, ''), logger) AS event_or_logger,
    level,
    MIN(timestamp) AS first_seen,
    MAX(timestamp) AS last_seen
FROM logs
GROUP BY event_or_logger, level
ORDER BY record_count DESC, event_or_logger, level;
