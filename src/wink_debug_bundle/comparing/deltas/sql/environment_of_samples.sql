-- The values that each fact of the environment has in some runs, the most frequent first. Parameters: runs, a JSON array;
-- most, a limit.
SELECT
    kind,
    name,
    substr(value, 1, 1000) AS value,
    count(*) AS run_count
FROM environment
WHERE run_id IN (SELECT value FROM json_each(:runs)) AND kind IN ('python', 'package', 'git', 'container', 'variable')
GROUP BY kind, name, substr(value, 1, 1000)
ORDER BY kind, name, count(*) DESC, value
LIMIT :most;
