-- Read the environment of a run. Parameters: run, its number; most, a limit.
SELECT kind, name, substr(value, 1, 500) AS value
FROM environment
WHERE run_id = :run
ORDER BY kind = 'package', kind, id
LIMIT :most;
