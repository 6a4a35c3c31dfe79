-- The prompts that runs rendered, from their logs: failed runs have no other record of them.
SELECT artifacts.container_id AS run_id, runs.session_id, logs.context ->> '$.descriptor' AS descriptor
FROM logs
JOIN artifacts ON artifacts.id = logs.artifact_id
JOIN runs ON runs.id = artifacts.container_id
WHERE logs.event = 'prompt.render.start'
    AND json_valid(logs.context)
    AND EXISTS (SELECT 1 FROM runs)  -- Without runs, standalone logs need not be visited.
ORDER BY artifacts.container_id, logs.id;
