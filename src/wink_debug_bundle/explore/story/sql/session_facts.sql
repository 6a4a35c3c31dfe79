-- Read what is known about a session and those below it, outside of runs. Parameters: session; sessions, a JSON array of
-- all of them.
WITH
    chosen(session_id) AS (SELECT value FROM json_each(:sessions)),
    prompts AS (
        SELECT prompt_events.* FROM chosen JOIN prompt_events ON prompt_events.session_id = chosen.session_id
    )
SELECT
    NULL AS sample_id,
    NULL AS experiment,
    NULL AS result,
    NULL AS score,
    NULL AS reason,
    (SELECT sum(input_tokens) FROM prompts) AS input_tokens,
    (SELECT sum(output_tokens) FROM prompts) AS output_tokens,
    (SELECT sum(cached_tokens) FROM prompts) AS cached_tokens,
    NULL AS duration_ms,
    NULL AS model,
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
