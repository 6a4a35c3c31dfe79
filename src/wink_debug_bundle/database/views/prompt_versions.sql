CREATE VIEW prompt_versions AS
-- Versions of the sections, tools and examples of each prompt: how many runs had each, and how many of them passed.
WITH
    results AS (
        SELECT
            id AS run_id,
            started_at,
            CASE WHEN status = 'error' THEN 0 ELSE passed END AS passed
        FROM runs
    )
SELECT
    prompt_parts.prompt_ns,  -- Namespace of the prompt.
    prompt_parts.prompt_key,  -- Key of the prompt.
    prompt_parts.kind,  -- 'section', 'tool' or 'example'.
    prompt_parts.name,  -- Path of the section or example, or name of the tool.
    prompt_parts.hash,  -- The version.
    count(DISTINCT prompt_parts.run_id) AS run_count,  -- Runs that had it.
    count(DISTINCT CASE WHEN prompt_parts.run_id IS NULL THEN prompt_parts.session_id END) AS session_count,  -- Sessions outside of runs that had it.
    sum(results.passed) AS passed_count,  -- Those of the runs that passed an evaluation; NULL if none was scored.
    count(results.passed) AS result_count,  -- Those of the runs that were scored, or ended with an exception.
    round(100.0 * sum(results.passed) / count(results.passed), 1) AS pass_rate,  -- Share that passed, in percent.
    min(results.started_at) AS first_seen,  -- When the first of the runs began, ISO 8601.
    max(results.started_at) AS last_seen  -- When the last of them began, ISO 8601.
FROM prompt_parts
LEFT JOIN results ON results.run_id = prompt_parts.run_id
GROUP BY
    prompt_parts.prompt_ns, prompt_parts.prompt_key, prompt_parts.kind, prompt_parts.name, prompt_parts.hash;
