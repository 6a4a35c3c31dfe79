-- Where did a run stand still?
-- Theme: tools
-- Gaps between neighbouring records of a log file, with what was logged before and after and the tool that was running,
-- if there was one; the 50 longest. Where the clock was set back, the gap is unknown and left out.
-- :seconds  Shortest gap that is listed, in seconds; if empty, 30.
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
        WHERE same_file
            AND days > 0
            AND round(days * 86400, 3) >= CAST(coalesce(nullif(CAST(:seconds AS TEXT), ''), '30') AS REAL)
        ORDER BY days DESC, id
        LIMIT 50
    )
SELECT
    round(longest.days * 86400, 3) AS seconds,
    coalesce(
        (
            SELECT calls.tool_name
            FROM calls
            WHERE calls.session_id = earlier.session_id
                AND coalesce(calls.started_log_id, calls.requested_log_id) <= earlier.id
                AND calls.ended_log_id >= later.id
            ORDER BY calls.id DESC
            LIMIT 1
        ),
        (
            SELECT calls.tool_name
            FROM calls
            WHERE calls.run_id = runs.id
                AND coalesce(calls.started_log_id, calls.requested_log_id) <= earlier.id
                AND calls.ended_log_id >= later.id
            ORDER BY calls.id DESC
            LIMIT 1
        )
    ) AS running_tool,
    earlier.timestamp AS since,
    coalesce(nullif(earlier.event, ''), earlier.message) AS event_before,
    coalesce(nullif(later.event, ''), later.message) AS event_after,
    runs.id AS run_id,
    later.session_id,
    earlier.id AS log_id,
    artifacts.path AS log_file,
    later.line
FROM longest
JOIN logs AS earlier ON earlier.id = longest.previous_id
JOIN logs AS later ON later.id = longest.id
JOIN artifacts ON artifacts.id = later.artifact_id
LEFT JOIN runs ON runs.id = artifacts.container_id
ORDER BY longest.days DESC, longest.id;
