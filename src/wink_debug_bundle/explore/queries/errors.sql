-- What errors occurred?
-- The last 50 errors and warnings of the logs, newest first.
SELECT timestamp, level, event, message, error_detail, logger, session_id
FROM error_log
ORDER BY utc DESC NULLS LAST, log_id DESC
LIMIT 50;
