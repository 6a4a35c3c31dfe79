-- Runs that name no session (until 0.22, failed samples) have the one that their log records name, if it is only one.
CREATE TEMP TABLE lone_sessions AS
SELECT members.run_id, members.artifact_id, runs.session_id
FROM temp.members
JOIN runs ON runs.id = members.run_id
WHERE runs.session_id IS NULL;

UPDATE temp.lone_sessions
SET session_id = found.session_id
FROM (
    SELECT lone_sessions.run_id, min(logs.session_id) AS session_id
    FROM logs
    JOIN temp.lone_sessions ON lone_sessions.artifact_id = logs.artifact_id
    WHERE EXISTS (SELECT 1 FROM temp.lone_sessions)
    GROUP BY lone_sessions.run_id
    HAVING count(DISTINCT logs.session_id) = 1
) AS found
WHERE found.run_id = lone_sessions.run_id;

DELETE FROM temp.lone_sessions WHERE session_id IS NULL;

UPDATE runs
SET session_id = lone_sessions.session_id
FROM temp.lone_sessions
WHERE lone_sessions.run_id = runs.id;

UPDATE logs
SET session_id = lone_sessions.session_id
FROM temp.lone_sessions
WHERE lone_sessions.artifact_id = logs.artifact_id AND logs.session_id IS NULL;

UPDATE entries
SET session_id = lone_sessions.session_id
FROM temp.lone_sessions
WHERE lone_sessions.run_id = entries.run_id AND entries.session_id IS NULL;

UPDATE call_parts
SET session_id = lone_sessions.session_id
FROM temp.lone_sessions
WHERE lone_sessions.artifact_id = call_parts.artifact_id AND call_parts.session_id IS NULL;

UPDATE files
SET session_id = lone_sessions.session_id
FROM temp.lone_sessions
WHERE lone_sessions.run_id = files.artifact_id AND files.session_id IS NULL;

DROP TABLE temp.lone_sessions;
