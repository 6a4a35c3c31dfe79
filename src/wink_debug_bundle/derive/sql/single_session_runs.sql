-- A run that names no session (failed samples until 0.22) gets the session that its log records name, if they name
-- exactly one.
CREATE TEMP TABLE single_session_runs AS
SELECT members.run_id, members.artifact_id, runs.session_id
FROM temp.members
JOIN runs ON runs.id = members.run_id
WHERE runs.session_id IS NULL;

UPDATE temp.single_session_runs
SET session_id = log_sessions.session_id
FROM (
    SELECT single_session_runs.run_id, min(logs.session_id) AS session_id
    FROM logs
    JOIN temp.single_session_runs ON single_session_runs.artifact_id = logs.artifact_id
    WHERE EXISTS (SELECT 1 FROM temp.single_session_runs)
    GROUP BY single_session_runs.run_id
    HAVING count(DISTINCT logs.session_id) = 1
) AS log_sessions
WHERE log_sessions.run_id = single_session_runs.run_id;

DELETE FROM temp.single_session_runs WHERE session_id IS NULL;

UPDATE runs
SET session_id = single_session_runs.session_id
FROM temp.single_session_runs
WHERE single_session_runs.run_id = runs.id;

UPDATE logs
SET session_id = single_session_runs.session_id
FROM temp.single_session_runs
WHERE single_session_runs.artifact_id = logs.artifact_id AND logs.session_id IS NULL;

UPDATE entries
SET session_id = single_session_runs.session_id
FROM temp.single_session_runs
WHERE single_session_runs.run_id = entries.run_id AND entries.session_id IS NULL;

UPDATE call_fragments
SET session_id = single_session_runs.session_id
FROM temp.single_session_runs
WHERE single_session_runs.artifact_id = call_fragments.artifact_id AND call_fragments.session_id IS NULL;

UPDATE {files} AS held
SET session_id = single_session_runs.session_id
FROM temp.single_session_runs
WHERE single_session_runs.run_id = held.artifact_id AND held.session_id IS NULL;

DROP TABLE temp.single_session_runs;
