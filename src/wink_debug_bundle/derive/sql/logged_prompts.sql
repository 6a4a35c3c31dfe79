-- The log records of the prompts that runs rendered: failed runs have no other record of them. Left out are the runs whose
-- ids are in the JSON array ?1.
SELECT artifacts.container_id AS run_id, runs.session_id, logs.context
FROM logs
JOIN artifacts ON artifacts.id = logs.artifact_id
JOIN runs ON runs.id = artifacts.container_id
WHERE logs.event = ?2
    AND EXISTS (SELECT 1 FROM runs WHERE id NOT IN (SELECT value FROM json_each(?1)))  -- Else no log need be visited.
    AND runs.id NOT IN (SELECT value FROM json_each(?1))
ORDER BY artifacts.container_id, logs.id;
