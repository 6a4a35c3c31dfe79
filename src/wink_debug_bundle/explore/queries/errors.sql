-- What errors occurred?
-- Theme: failures
-- The last 50 errors and warnings of the logs, newest first.
SELECT timestamp, level, event, message, error_detail, logger, session_id
FROM error_log
LEFT JOIN times ON times.time = error_log.timestamp
ORDER BY CASE WHEN times.time IS NULL THEN timestamp ELSE times.utc END DESC NULLS LAST
LIMIT 50;
