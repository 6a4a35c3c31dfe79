-- Where did the time go?
-- The 50 longest silences between neighbouring records of a log file, with the records before and after.
WITH neighbours AS (
    SELECT
        timestamp,
        message,
        artifact_id,
        line,
        session_id,
        LAG(timestamp) OVER in_order AS previous_timestamp,
        LAG(message) OVER in_order AS previous_message,
        LAG(artifact_id) OVER in_order AS previous_artifact
    FROM logs
    WINDOW in_order AS (ORDER BY id)
)
SELECT
    ROUND((JULIANDAY(timestamp) - JULIANDAY(previous_timestamp)) * 86400, 3) AS seconds,
    previous_timestamp AS since,
    previous_message AS message_before,
    message AS message_after,
    artifacts.path AS log_file,
    line,
    session_id
FROM neighbours
JOIN artifacts ON artifacts.id = neighbours.artifact_id
WHERE previous_artifact = artifact_id AND JULIANDAY(timestamp) > JULIANDAY(previous_timestamp)
ORDER BY JULIANDAY(timestamp) - JULIANDAY(previous_timestamp) DESC, neighbours.line
LIMIT 50;
