-- Read what is known about a session and those below it, outside of runs; of a sample, what its last EvalResult says,
-- of another one whether it ended with an error or without a result, as in the view session_results.
-- Parameters: session; sessions, a JSON array of all of them.
WITH
    chosen(session_id) AS (SELECT value FROM json_each(:sessions)),
    prompts AS (
        SELECT prompt_events.* FROM chosen JOIN prompt_events ON prompt_events.session_id = chosen.session_id
    ),
    evaluated AS (
        SELECT CASE WHEN json_valid(payload) THEN payload ELSE '{}' END AS payload
        FROM (
            SELECT payload
            FROM slice_items
            WHERE session_id = :session
                AND slice_type IN (
                    SELECT slice_views.slice_type
                    FROM slice_views
                    WHERE slice_views.slice_type LIKE 'weakincentives.%:EvalResult'
                )
            ORDER BY id DESC
            LIMIT 1
        )
    ),
    unexecuted AS (
        SELECT sessions.session_id
        FROM sessions
        WHERE sessions.session_id = :session
            AND sessions.source = 'snapshot'
            AND (
                SELECT count(*) FILTER (WHERE event_type = 'rendered') > count(*) FILTER (WHERE event_type = 'executed')
                FROM prompt_events
                WHERE session_id = :session
            )
    ),
    logged AS (
        SELECT max(failures.message) AS message
        FROM unexecuted
        JOIN failures ON failures.session_id = unexecuted.session_id
        WHERE failures.kind = 'log' AND failures.run_id IS NULL
        HAVING count(*)
    )
SELECT
    (SELECT payload ->> '$.sample_id' FROM evaluated) AS sample_id,
    (SELECT payload ->> '$.experiment_name' FROM evaluated) AS experiment,
    coalesce((
        SELECT
            CASE
                WHEN payload ->> '$.error' IS NOT NULL THEN 'error'
                WHEN CAST(payload ->> '$.score.passed' AS TEXT) IN ('1', 'true') THEN 'passed'
                WHEN CAST(payload ->> '$.score.passed' AS TEXT) IN ('0', 'false') THEN 'failed'
                ELSE 'unscored'
            END
        FROM evaluated
    ), (SELECT 'error' FROM logged), (SELECT 'unfinished' FROM unexecuted)) AS result,
    (SELECT CAST(payload ->> '$.score.value' AS REAL) FROM evaluated) AS score,
    iif(
        EXISTS (SELECT 1 FROM evaluated),
        (SELECT coalesce(payload ->> '$.error', nullif(payload ->> '$.score.reason', '')) FROM evaluated),
        (SELECT message FROM logged)
    ) AS reason,
    (SELECT sum(input_tokens) FROM prompts) AS input_tokens,
    (SELECT sum(output_tokens) FROM prompts) AS output_tokens,
    (SELECT sum(cached_tokens) FROM prompts) AS cached_tokens,
    NULL AS duration_ms,
    (
        SELECT entries.model
        FROM entries
        WHERE entries.session_id = :session AND entries.model IS NOT NULL
        LIMIT 1
    ) AS model,
    (SELECT adapter FROM prompts ORDER BY timestamp LIMIT 1) AS adapter,
    (
        SELECT iif(prompt_ns IS NULL, coalesce(prompt_key, prompt_name), prompt_ns || ':' || prompt_key)
        FROM prompts
        ORDER BY timestamp
        LIMIT 1
    ) AS prompt,
    (SELECT nullif(created_at, '') FROM sessions WHERE session_id = :session) AS started_at,
    NULL AS ended_at,
    :session AS session_id,
    NULL AS bundle_id;
