-- List the files that an agent left. Parameters: run, its number, NULL outside of runs; sessions, a JSON array; most, a
-- limit.
SELECT files.id, files.path, files.size_bytes
FROM json_each(:sessions) AS chosen
JOIN files ON files.session_id = chosen.value
WHERE :run IS NULL OR files.artifact_id = :run
ORDER BY files.path, files.id
LIMIT :most;
