CREATE VIEW prompt_versions AS
-- Versions of the sections, tools and examples of each prompt in each evaluation: how many runs had each, and how many of
-- those passed.
WITH
    results AS (
        SELECT
            runs.id AS run_id,
            runs.evaluation,
            CASE WHEN times.time IS NULL THEN runs.started_at ELSE times.utc END AS started_at,
            CASE WHEN runs.status = 'error' THEN 0 ELSE runs.passed END AS passed
        FROM runs
        LEFT JOIN times ON times.time = runs.started_at
    )
SELECT
    prompt_parts.prompt_ns,  -- Namespace of the prompt.
    prompt_parts.prompt_key,  -- Key of the prompt.
    prompt_parts.kind,  -- What the part is: 'section', 'tool' or 'example'.
    prompt_parts.name,  -- Path of the section or example, joined by dots; or name of the tool.
    prompt_parts.hash,  -- Hash of the version.
    count(DISTINCT prompt_parts.run_id) AS run_count,  -- Number of runs that had it.
    count(DISTINCT CASE WHEN prompt_parts.run_id IS NULL THEN prompt_parts.session_id END) AS session_count,  -- Number
    -- of sessions outside of runs that had it.
    sum(results.passed) AS passed_count,  -- Number of those runs that passed an evaluation; NULL if none was scored or
    -- ended with an exception.
    count(results.passed) AS result_count,  -- Number of those runs that were scored or ended with an exception.
    round(100.0 * sum(results.passed) / count(results.passed), 1) AS pass_rate,  -- Percentage of result_count that
    -- passed; NULL if that is 0.
    min(results.started_at) AS first_seen,  -- When the first of the runs started, ISO 8601 in UTC; NULL without runs.
    max(results.started_at) AS last_seen,  -- When the last of the runs started, ISO 8601 in UTC; NULL without runs.
    coalesce(results.evaluation, sessions.evaluation) AS evaluation  -- Evaluation, if the bundle has several or they have
    -- labels; else NULL.
FROM prompt_parts
LEFT JOIN results ON results.run_id = prompt_parts.run_id
LEFT JOIN sessions ON sessions.session_id = prompt_parts.session_id
GROUP BY
    coalesce(results.evaluation, sessions.evaluation),
    prompt_parts.prompt_ns,
    prompt_parts.prompt_key,
    prompt_parts.kind,
    prompt_parts.name,
    prompt_parts.hash;
