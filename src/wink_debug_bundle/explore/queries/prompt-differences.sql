-- Which prompt section or tool differs between runs, and does it matter?
-- Theme: prompts
-- Versions of sections, tools and examples that are not the same in all runs of a prompt, with the percentage of runs
-- that passed with each; '(absent)' counts the runs without that part, and sessions are those outside of runs. changes
-- are the lines of a section that only this version has (+) and that only the version of most runs has (-), as rendered
-- for two runs, of the same sample if there is one.
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
    ),
    ranked AS (
        SELECT
            prompt_versions.*,
            row_number() OVER part AS place,
            first_value(hash) OVER part AS usual_hash
        FROM prompt_versions
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
    ranked.prompt_ns || '/' || ranked.prompt_key AS prompt,
    ranked.kind,
    ranked.name,
    substr(ranked.hash, 1, 12) AS hash,
    ranked.run_count AS runs,
    ranked.passed_count AS passed,
    ranked.pass_rate,
    changes.changes,
    substr(ranked.first_seen, 1, 19) AS first_seen,
    substr(ranked.last_seen, 1, 19) AS last_seen,
    ranked.session_count AS sessions
FROM ranked
LEFT JOIN changes
ON changes.prompt_ns = ranked.prompt_ns
AND changes.prompt_key = ranked.prompt_key
AND changes.name = ranked.name
AND changes.hash = ranked.hash
AND ranked.kind = 'section'
UNION ALL
SELECT
    prompt_ns || '/' || prompt_key,
    kind,
    name,
    '(absent)',
    runs_without,
    passed_without,
    round(100.0 * passed_without / nullif(results_without, 0), 1),
    NULL,
    NULL,
    NULL,
    sessions_without
FROM different
WHERE runs_without > 0 OR sessions_without > 0
ORDER BY prompt, kind, name, runs DESC, sessions DESC, hash;
