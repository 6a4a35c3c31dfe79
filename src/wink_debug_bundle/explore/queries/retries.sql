-- Which failed calls were tried again, and did it help?
-- Theme: tools
-- Calls that failed and were made again in the same run and session, with the same parameters or, in the very next call,
-- with changed ones, until one succeeded or the agent gave up. failed_ms is the time that the failed calls took,
-- seconds the time from the first to the last call, tokens all tokens of the turns that requested calls after the first.
WITH RECURSIVE
    troubled AS (
        SELECT DISTINCT run_id, session_id FROM calls WHERE success = 0
    ),
    attempts AS (
        SELECT
            made.id,
            made.run_id,
            made.session_id,
            made.tool_name,
            made.params,
            made.success,
            made.duration_ms,
            made.started_at,
            made.ended_at,
            made.error,
            lag(made.success) OVER same_call AS same_before,
            lag(made.id) OVER same_call AS same_id,
            lag(made.success) OVER in_order AS just_before,
            lag(made.id) OVER in_order AS just_id,
            lag(made.tool_name) OVER in_order AS tool_before
        FROM tool_calls AS made
        JOIN troubled ON troubled.session_id IS made.session_id AND troubled.run_id IS made.run_id
        WINDOW
            same_call AS (PARTITION BY made.run_id, made.session_id, made.tool_name, made.params ORDER BY made.id),
            in_order AS (PARTITION BY made.run_id, made.session_id ORDER BY made.id)
    ),
    steps AS MATERIALIZED (
        SELECT
            *,
            CASE
                WHEN just_before = 0 AND tool_before = tool_name THEN just_id
                WHEN same_before = 0 THEN same_id
            END AS retried_id
        FROM attempts
    ),
    again AS MATERIALIZED (
        SELECT id, retried_id FROM steps WHERE retried_id IS NOT NULL
    ),
    chains(first_id, id, depth) AS (
        SELECT retried_id, retried_id, 1
        FROM (
            SELECT retried_id FROM again
            EXCEPT
            SELECT id FROM again
        )
        UNION ALL
        SELECT chains.first_id, again.id, chains.depth + 1
        FROM chains
        JOIN again ON again.retried_id = chains.id
    ),
    turns AS (
        SELECT
            chains.first_id,
            call_tokens.source,
            coalesce(call_tokens.turn, -call_tokens.call_id) AS turn,
            max(call_tokens.context_tokens + coalesce(call_tokens.output_tokens, 0)) AS tokens
        FROM chains
        JOIN call_tokens ON call_tokens.call_id = chains.id
        WHERE chains.depth > 1
        GROUP BY chains.first_id, call_tokens.source, coalesce(call_tokens.turn, -call_tokens.call_id)
    ),
    spent AS (
        SELECT first_id, sum(tokens) AS tokens
        FROM turns
        GROUP BY first_id
    ),
    found AS (
        SELECT
            chains.first_id,
            max(chains.id) AS last_id,
            count(*) AS call_count,
            sum(steps.success IS 0) AS failed_count,
            max(steps.success IS 1) AS succeeded,
            count(DISTINCT steps.params) AS version_count,
            round(sum(steps.duration_ms) FILTER (WHERE steps.success IS 0), 1) AS failed_ms
        FROM chains
        JOIN steps ON steps.id = chains.id
        GROUP BY chains.first_id
    )
SELECT
    first_call.tool_name,
    iif(found.succeeded, 'succeeded', 'gave up') AS ended,
    iif(found.version_count > 1, 'changed', 'same') AS parameters,
    found.failed_count,
    found.failed_ms,
    round((julianday(last_call.ended_at) - julianday(first_call.started_at)) * 86400, 3) AS seconds,
    spent.tokens,
    first_call.error AS first_error,
    first_call.params AS first_params,
    last_call.params AS last_params,
    first_call.started_at AS first_call,
    found.first_id AS first_call_id,
    found.last_id AS last_call_id,
    first_call.run_id,
    first_call.session_id
FROM found
JOIN steps AS first_call ON first_call.id = found.first_id
JOIN steps AS last_call ON last_call.id = found.last_id
LEFT JOIN spent ON spent.first_id = found.first_id
ORDER BY spent.tokens DESC NULLS LAST, found.failed_count DESC, seconds DESC, found.first_id;
