-- The versions of the parts of the prompts of some samples. Parameters: runs, a JSON array of runs; sessions, one of the
-- sessions of samples without a run; most, a limit.
SELECT
    substr(prompt_ns || '/' || prompt_key, 1, 1000) AS prompt,
    kind,
    substr(name, 1, 1000) AS name,
    substr(hash, 1, 100) AS hash
FROM prompt_parts
WHERE run_id IN (SELECT value FROM json_each(:runs))
    OR (session_id IN (SELECT value FROM json_each(:sessions)) AND run_id IS NULL)
GROUP BY prompt_ns, prompt_key, kind, name, hash
ORDER BY prompt_ns, prompt_key, kind, name, hash
LIMIT :most;
