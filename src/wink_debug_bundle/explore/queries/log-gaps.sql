-- Where did the time go?
-- Theme: tools
-- The 50 longest gaps between neighbouring records of a log file, with the messages before and after. Where the clock
-- was set back, the gap is unknown and left out.
WITH
    moments AS (
        SELECT id, artifact_id, julianday(timestamp) AS day
        FROM logs
    ),
    silences AS (
        SELECT
            id,
            lag(id) OVER in_order AS previous_id,
            day - lag(day) OVER in_order AS days,
            artifact_id = lag(artifact_id) OVER in_order AS same_file
        FROM moments
        WINDOW in_order AS (ORDER BY id)
    ),
    longest AS (
        SELECT id, previous_id, days
        FROM silences
        WHERE same_file AND days > 0
        ORDER BY days DESC, id
        LIMIT 50
    )
SELECT
    round(longest.days * 86400, 3) AS seconds,
    earlier.timestamp AS since,
    earlier.message AS message_before,
    later.message AS message_after,
    artifacts.path AS log_file,
    later.line,
    later.session_id
FROM longest
JOIN logs AS earlier ON earlier.id = longest.previous_id
JOIN logs AS later ON later.id = longest.id
JOIN artifacts ON artifacts.id = later.artifact_id
ORDER BY longest.days DESC, longest.id;
