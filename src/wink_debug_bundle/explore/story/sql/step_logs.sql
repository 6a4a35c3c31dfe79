-- Read log records as steps. Parameter ids: a JSON array of rows in logs.
SELECT id, timestamp, level, logger, event, message, context
FROM logs
WHERE id IN (SELECT value FROM json_each(:ids));
