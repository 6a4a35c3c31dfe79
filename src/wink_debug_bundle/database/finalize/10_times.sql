-- Add the times of other tables than logs, whose records' times are added when they are read.
INSERT OR IGNORE INTO times (time, utc)
SELECT time, utc(time)
FROM (
    SELECT timestamp AS time FROM tool_invocations
    UNION ALL
    SELECT timestamp FROM prompt_events
    UNION ALL
    SELECT created_at FROM snapshots
    UNION ALL
    SELECT created_at FROM sessions
    UNION ALL
    SELECT started_at FROM runs
    UNION ALL
    SELECT ended_at FROM runs
)
WHERE NOT (length(time) IN (25, 32) AND time GLOB '????-??-??T??:??:??*+00:00') AND utc(time) IS NOT time;
