-- Read what is known as a whole about a session outside of runs, with the columns of whole_run.sql. Parameters: session;
-- sessions, a JSON array of it and of those below it.
WITH
    prompts AS (
        SELECT
            sum(input_tokens) AS input_tokens,
            sum(output_tokens) AS output_tokens,
            sum(cached_tokens) AS cached_tokens
        FROM prompt_events
        WHERE session_id IN (SELECT value FROM json_each(:sessions))
    ),
    first_prompt AS (
        SELECT prompt_ns, coalesce(prompt_key, prompt_name) AS prompt_key, adapter
        FROM prompt_events
        WHERE session_id = :session
        ORDER BY event_type DESC, timestamp, event_id
        LIMIT 1
    ),
    ended AS (
        SELECT result, error FROM session_results WHERE session_id = :session AND result IN ('error', 'unfinished')
    )
SELECT
    NULL AS sha256,
    NULL AS bundle_id,
    NULL AS execution_id,
    NULL AS request_id,
    sessions.session_id,
    nullif(coalesce(created.utc, sessions.created_at), '') AS started_at,
    NULL AS ended_at,
    first_prompt.prompt_ns,
    first_prompt.prompt_key,
    first_prompt.adapter,
    NULL AS attempt,
    NULL AS worker_id,
    NULL AS trace_id,
    NULL AS span_id,
    prompts.input_tokens,
    prompts.output_tokens,
    prompts.cached_tokens,
    iif(ended.result = 'error', 'error', NULL) AS error_type,
    ended.error AS error_message,
    NULL AS traceback,
    NULL AS sample_id,
    NULL AS experiment,
    NULL AS score,
    NULL AS score_reason,
    NULL AS sample_error,
    ended.result,
    NULL AS library_version,
    sessions.evaluation
FROM sessions
CROSS JOIN prompts
LEFT JOIN first_prompt ON 1
LEFT JOIN ended ON 1
LEFT JOIN times AS created ON created.time = sessions.created_at
WHERE sessions.session_id = :session;
