CREATE VIEW error_log AS
-- Errors and warnings of the logs, in order of time; those of one time in the order of the files.
SELECT
    logs.timestamp,  -- When it was logged, ISO 8601.
    logs.level,  -- ERROR, WARNING or CRITICAL.
    logs.logger,  -- Name of the logger.
    logs.event,  -- Structured event name; '' for an ordinary log call.
    logs.message,  -- The log message.
    CASE WHEN json_valid(logs.context) THEN logs.context ->> '$.error' END AS error_detail,  -- The key error
    -- of the record's context; NULL without one.
    logs.session_id  -- Session of the record.
FROM logs
LEFT JOIN times ON times.time = logs.timestamp
WHERE logs.level IN ('ERROR', 'WARNING', 'CRITICAL')
ORDER BY CASE WHEN times.time IS NULL THEN logs.timestamp ELSE times.utc END NULLS LAST, logs.id;
