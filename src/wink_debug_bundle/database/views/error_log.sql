CREATE VIEW error_log AS
-- Errors and warnings of the logs, in order of time.
SELECT
    timestamp,  -- When it was logged, ISO 8601.
    level,  -- ERROR, WARNING or CRITICAL.
    logger,  -- Name of the logger.
    event,  -- Structured event name; '' for an ordinary log call.
    message,  -- The log message.
    CASE WHEN json_valid(context) THEN json_extract(context, '$.error') END AS error_detail,  -- The key error of the
    -- record's context; NULL without one.
    session_id  -- Session of the record.
FROM logs
WHERE level IN ('ERROR', 'WARNING', 'CRITICAL')
ORDER BY timestamp;
