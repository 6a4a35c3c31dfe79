-- What errors occurred?
-- The last 50 errors and warnings of the logs, newest first.
SELECT timestamp, level, event, message, error_detail, logger, session_id
FROM error_log
ORDER BY timestamp DESC
LIMIT 50;
