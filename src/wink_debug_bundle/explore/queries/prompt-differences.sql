-- Which prompt section or tool differs between runs, and does it matter?
-- Theme: prompts
-- Versions of sections, tools and examples that are not the same in all runs of a prompt, with the percentage of runs
-- that passed with each. A row without a hash counts the runs without that part; sessions are those outside of runs.
WITH
    used AS (
        SELECT DISTINCT prompt_ns, prompt_key, run_id, CASE WHEN run_id IS NULL THEN session_id END AS session_id
        FROM prompt_parts
    ),
    prompts AS (
        SELECT
            used.prompt_ns,
            used.prompt_key,
            count(used.run_id) AS run_count,
            count(used.session_id) AS session_count,
            sum(CASE WHEN status = 'error' THEN 0 ELSE passed END) AS passed_count,
            count(CASE WHEN status = 'error' THEN 0 ELSE passed END) AS result_count
        FROM used
        LEFT JOIN runs ON runs.id = used.run_id
        GROUP BY used.prompt_ns, used.prompt_key
    ),
    parts AS (
        SELECT
            prompt_ns,
            prompt_key,
            kind,
            name,
            count(*) AS version_count,
            sum(run_count) AS run_count,
            sum(session_count) AS session_count,
            sum(passed_count) AS passed_count,
            sum(result_count) AS result_count
        FROM prompt_versions
        GROUP BY prompt_ns, prompt_key, kind, name
    ),
    different AS (
        SELECT
            parts.prompt_ns,
            parts.prompt_key,
            parts.kind,
            parts.name,
            prompts.run_count - parts.run_count AS runs_without,
            prompts.session_count - parts.session_count AS sessions_without,
            prompts.passed_count - coalesce(parts.passed_count, 0) AS passed_without,
            prompts.result_count - parts.result_count AS results_without
        FROM parts
        JOIN prompts USING (prompt_ns, prompt_key)
        WHERE parts.version_count > 1
            OR prompts.run_count > parts.run_count
            OR prompts.session_count > parts.session_count
    )
SELECT
    prompt_ns || '/' || prompt_key AS prompt,
    kind,
    name,
    substr(hash, 1, 12) AS hash,
    run_count AS runs,
    passed_count AS passed,
    pass_rate,
    substr(first_seen, 1, 19) AS first_seen,
    substr(last_seen, 1, 19) AS last_seen,
    session_count AS sessions
FROM prompt_versions
JOIN different USING (prompt_ns, prompt_key, kind, name)
UNION ALL
SELECT
    prompt_ns || '/' || prompt_key,
    kind,
    name,
    NULL,
    runs_without,
    passed_without,
    round(100.0 * passed_without / nullif(results_without, 0), 1),
    NULL,
    NULL,
    sessions_without
FROM different
WHERE runs_without > 0 OR sessions_without > 0
ORDER BY prompt, kind, name, runs DESC, sessions DESC, hash;
