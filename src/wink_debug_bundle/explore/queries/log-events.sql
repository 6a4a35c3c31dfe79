-- What was logged, and how often?
-- Log records by event and level; records of ordinary log calls have no event and are counted by their logger.
SELECT
    count(*) AS record_count,
    coalesce(nullif(event, ''), logger) AS event_or_logger,
    level,
    min(timestamp) AS first_seen,
    max(timestamp) AS last_seen
FROM logs
GROUP BY event_or_logger, level
ORDER BY record_count DESC, event_or_logger, level;
