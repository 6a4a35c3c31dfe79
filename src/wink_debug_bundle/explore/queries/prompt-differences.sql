-- Which prompt section or tool differs between runs, and does it matter?
-- Theme: prompts
-- Versions of sections, tools and examples that are not the same in all runs of a prompt, with the percentage of runs of
-- each evaluation that passed with each; '(absent)' counts the runs without that part, and sessions are those outside of
-- runs. changes are the lines of a section that only this version has (+) and that only the version of most runs has (-),
-- as rendered for two runs, of the same sample if there is one.
WITH
    used AS (
        SELECT DISTINCT prompt_ns, prompt_key, run_id, CASE WHEN run_id IS NULL THEN session_id END AS session_id
        FROM prompt_parts
    ),
    prompts AS (
        SELECT
            coalesce(runs.evaluation, sessions.evaluation) AS evaluation,
            used.prompt_ns,
            used.prompt_key,
            count(used.run_id) AS run_count,
            count(used.session_id) AS session_count,
            sum(CASE WHEN runs.status = 'error' THEN 0 ELSE runs.passed END) AS passed_count,
            count(CASE WHEN runs.status = 'error' THEN 0 ELSE runs.passed END) AS result_count
        FROM used
        LEFT JOIN runs ON runs.id = used.run_id
        LEFT JOIN sessions ON sessions.session_id = used.session_id
        GROUP BY coalesce(runs.evaluation, sessions.evaluation), used.prompt_ns, used.prompt_key
    ),
    in_evaluations AS MATERIALIZED (
        SELECT * FROM prompt_versions
    ),
    versions AS (
        SELECT
            prompt_ns,
            prompt_key,
            kind,
            name,
            hash,
            sum(run_count) AS run_count,
            sum(session_count) AS session_count
        FROM in_evaluations
        GROUP BY prompt_ns, prompt_key, kind, name, hash
    ),
    parts AS (
        SELECT DISTINCT prompt_ns, prompt_key, kind, name FROM in_evaluations
    ),
    in_parts AS (
        SELECT
            evaluation,
            prompt_ns,
            prompt_key,
            kind,
            name,
            sum(run_count) AS run_count,
            sum(session_count) AS session_count,
            sum(passed_count) AS passed_count,
            sum(result_count) AS result_count
        FROM in_evaluations
        GROUP BY evaluation, prompt_ns, prompt_key, kind, name
    ),
    missing AS (
        SELECT
            prompts.evaluation,
            parts.prompt_ns,
            parts.prompt_key,
            parts.kind,
            parts.name,
            prompts.run_count - coalesce(in_parts.run_count, 0) AS run_count,
            prompts.session_count - coalesce(in_parts.session_count, 0) AS session_count,
            prompts.passed_count - coalesce(in_parts.passed_count, 0) AS passed_count,
            prompts.result_count - coalesce(in_parts.result_count, 0) AS result_count
        FROM parts
        JOIN prompts USING (prompt_ns, prompt_key)
        LEFT JOIN in_parts
        ON in_parts.evaluation IS prompts.evaluation
        AND in_parts.prompt_ns = parts.prompt_ns
        AND in_parts.prompt_key = parts.prompt_key
        AND in_parts.kind = parts.kind
        AND in_parts.name = parts.name
    ),
    absent AS (
        SELECT * FROM missing WHERE run_count > 0 OR session_count > 0
    ),
    different AS (
        SELECT prompt_ns, prompt_key, kind, name
        FROM versions
        GROUP BY prompt_ns, prompt_key, kind, name
        HAVING count(*) > 1
        UNION
        SELECT prompt_ns, prompt_key, kind, name FROM absent
    ),
    ranked AS (
        SELECT
            versions.*,
            row_number() OVER part AS place,
            first_value(hash) OVER part AS usual_hash
        FROM versions
        JOIN different USING (prompt_ns, prompt_key, kind, name)
        WINDOW part AS (
            PARTITION BY prompt_ns, prompt_key, kind, name
            ORDER BY run_count DESC, session_count DESC, hash
        )
    ),
    -- Twenty runs of each version are enough to find one that shares its sample with another version.
    some_of_each AS (
        SELECT
            ranked.*,
            prompt_parts.id,
            prompt_parts.run_id,
            prompt_parts.session_id,
            row_number() OVER (
                PARTITION BY ranked.prompt_ns, ranked.prompt_key, ranked.name, ranked.hash
                ORDER BY prompt_parts.id
            ) AS number
        FROM ranked
        JOIN prompt_parts USING (prompt_ns, prompt_key, kind, name, hash)
        WHERE ranked.place > 1 AND ranked.kind = 'section'
    ),
    -- The plus signs keep SQLite from the index of versions: a run has few parts, a version may have very many.
    candidates AS (
        SELECT
            mine.prompt_ns,
            mine.prompt_key,
            mine.name,
            mine.hash,
            mine.session_id,
            usual.session_id AS usual_session_id,
            row_number() OVER (
                PARTITION BY mine.prompt_ns, mine.prompt_key, mine.name, mine.hash
                ORDER BY usual.id IS NULL, mine.id, usual.id
            ) AS place
        FROM some_of_each AS mine
        LEFT JOIN runs AS my_run ON my_run.id = mine.run_id
        LEFT JOIN runs AS other_run ON other_run.sample_id = my_run.sample_id AND other_run.id != my_run.id
        LEFT JOIN prompt_parts AS usual
        ON usual.run_id = other_run.id
        AND +usual.prompt_ns = mine.prompt_ns
        AND +usual.prompt_key = mine.prompt_key
        AND +usual.kind = mine.kind
        AND +usual.name = mine.name
        AND +usual.hash = mine.usual_hash
        WHERE mine.number <= 20
    ),
    pairs AS (
        SELECT
            candidates.prompt_ns,
            candidates.prompt_key,
            candidates.name,
            candidates.hash,
            candidates.session_id AS new_session,
            coalesce(
                candidates.usual_session_id,
                (
                    SELECT prompt_parts.session_id
                    FROM prompt_parts
                    WHERE prompt_parts.prompt_ns = candidates.prompt_ns
                        AND prompt_parts.prompt_key = candidates.prompt_key
                        AND prompt_parts.kind = 'section'
                        AND prompt_parts.name = candidates.name
                        AND prompt_parts.hash = ranked.usual_hash
                    ORDER BY prompt_parts.id
                    LIMIT 1
                )
            ) AS old_session
        FROM candidates
        JOIN ranked USING (prompt_ns, prompt_key, name, hash)
        WHERE candidates.place = 1 AND ranked.kind = 'section'
    ),
    sides AS (
        SELECT prompt_ns, prompt_key, name, hash, '+' AS sign, new_session AS session_id FROM pairs
        UNION ALL
        SELECT prompt_ns, prompt_key, name, hash, '-', old_session FROM pairs
    ),
    texts AS (
        SELECT
            sides.*,
            (
                SELECT prompt_events.rendered_text
                FROM prompt_events
                WHERE prompt_events.session_id = sides.session_id
                    AND prompt_events.event_type = 'rendered'
                    AND prompt_events.prompt_ns = sides.prompt_ns
                    AND prompt_events.prompt_key = sides.prompt_key
                ORDER BY prompt_events.timestamp
                LIMIT 1
            ) AS text
        FROM sides
    ),
    -- json_quote leaves the character 127 as it is, so that it can mark the ends of lines.
    all_lines AS (
        SELECT
            texts.prompt_ns,
            texts.prompt_key,
            texts.name,
            texts.hash,
            texts.sign,
            split.key AS position,
            split.value AS line,
            split.value GLOB '#* [0-9]*. * (*)' AS is_heading
        FROM texts
        JOIN
            json_each(
                '[' || replace(json_quote(replace(texts.text, char(10), char(127))), char(127), '","') || ']'
            ) AS split
        ON texts.text IS NOT NULL
    ),
    sectioned AS (
        SELECT
            *,
            max(CASE WHEN is_heading THEN position END) OVER (
                PARTITION BY prompt_ns, prompt_key, name, hash, sign
                ORDER BY position
            ) AS heading
        FROM all_lines
    ),
    section_lines AS (
        SELECT
            sectioned.*,
            row_number() OVER (
                PARTITION BY
                    sectioned.prompt_ns,
                    sectioned.prompt_key,
                    sectioned.name,
                    sectioned.hash,
                    sectioned.sign,
                    sectioned.line
                ORDER BY sectioned.position
            ) AS occurrence,
            sectioned.position - sectioned.heading AS place
        FROM sectioned
        JOIN all_lines AS title
        ON title.prompt_ns = sectioned.prompt_ns
        AND title.prompt_key = sectioned.prompt_key
        AND title.name = sectioned.name
        AND title.hash = sectioned.hash
        AND title.sign = sectioned.sign
        AND title.position = sectioned.heading
        WHERE NOT sectioned.is_heading AND title.line LIKE '%(' || sectioned.name || ')'
    ),
    changed_lines AS (
        SELECT prompt_ns, prompt_key, name, hash, line, min(sign) AS sign, min(place) AS place
        FROM section_lines
        GROUP BY prompt_ns, prompt_key, name, hash, line, occurrence
        HAVING count(*) = 1
    ),
    changes AS (
        SELECT DISTINCT
            prompt_ns,
            prompt_key,
            name,
            hash,
            group_concat(sign || ' ' || line, char(10)) OVER (
                PARTITION BY prompt_ns, prompt_key, name, hash
                ORDER BY place, sign DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS changes
        FROM changed_lines
    )
SELECT
    shown.evaluation,
    shown.prompt_ns || '/' || shown.prompt_key AS prompt,
    shown.kind,
    shown.name,
    substr(shown.hash, 1, 12) AS hash,
    shown.run_count AS runs,
    shown.passed_count AS passed,
    shown.pass_rate,
    changes.changes,
    substr(shown.first_seen, 1, 19) AS first_seen,
    substr(shown.last_seen, 1, 19) AS last_seen,
    shown.session_count AS sessions
FROM in_evaluations AS shown
JOIN different USING (prompt_ns, prompt_key, kind, name)
LEFT JOIN changes
ON changes.prompt_ns = shown.prompt_ns
AND changes.prompt_key = shown.prompt_key
AND changes.name = shown.name
AND changes.hash = shown.hash
AND shown.kind = 'section'
UNION ALL
SELECT
    evaluation,
    prompt_ns || '/' || prompt_key,
    kind,
    name,
    '(absent)',
    run_count,
    passed_count,
    round(100.0 * passed_count / nullif(result_count, 0), 1),
    NULL,
    NULL,
    NULL,
    session_count
FROM absent
ORDER BY prompt, kind, name, evaluation, runs DESC, sessions DESC, hash;
