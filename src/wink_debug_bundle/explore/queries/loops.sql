-- Where did an agent go round in circles?
-- Theme: tools
-- Calls with the same parameters and the same result three times or more in a run and session ('same call'), and two
-- calls that take turns at least twice, each with the same result ('alternation'). extra_calls are those beyond the
-- first, extra_ms is the time that they took, extra_tokens counts all tokens of the turns that requested them, cached
-- ones too; the most expensive first.
WITH
    often AS (
        SELECT run_id, session_id
        FROM calls
        GROUP BY run_id, session_id
        HAVING count(*) >= 3
    ),
    made AS MATERIALIZED (
        SELECT
            made.id,
            made.run_id,
            made.session_id,
            made.tool_name,
            made.params,
            coalesce(made.output, made.error, made.message, made.value, made.outcome) AS result,
            made.duration_ms,
            made.started_at
        FROM often
        JOIN tool_calls AS made
        ON made.session_id IS often.session_id AND made.run_id IS often.run_id
    ),
    same AS (
        SELECT
            *,
            count(*) OVER alike AS times_made,
            min(id) OVER alike AS first_id
        FROM made
        WINDOW alike AS (PARTITION BY run_id, session_id, tool_name, params, result)
    ),
    neighbours AS (
        SELECT
            *,
            lag(id) OVER in_order AS one_before,
            lag(id, 2) OVER in_order AS two_before,
            first_id = lag(first_id, 2) OVER in_order AND first_id != lag(first_id) OVER in_order AS alternates
        FROM same
        WINDOW in_order AS (PARTITION BY run_id, session_id ORDER BY id)
    ),
    chains AS (
        SELECT
            *,
            sum(NOT coalesce(alternates, 0)) OVER (PARTITION BY run_id, session_id ORDER BY id) AS chain
        FROM neighbours
    ),
    loops AS (
        SELECT
            'same call' AS kind,
            first_id AS loop_id,
            first_id AS begun_id,
            NULL AS other_id,
            id,
            id != first_id AS is_extra,
            run_id,
            session_id,
            duration_ms,
            started_at
        FROM same
        WHERE times_made >= 3
        UNION ALL
        SELECT
            'alternation',
            first_value(id) OVER one_chain,
            first_value(two_before) OVER one_chain,
            first_value(one_before) OVER one_chain,
            id,
            1,
            run_id,
            session_id,
            duration_ms,
            started_at
        FROM chains
        WHERE alternates
        WINDOW one_chain AS (PARTITION BY run_id, session_id, chain ORDER BY id)
    ),
    turns AS (
        SELECT
            loops.kind,
            loops.loop_id,
            call_tokens.source,
            coalesce(call_tokens.turn, -call_tokens.call_id) AS turn,
            max(call_tokens.context_tokens + coalesce(call_tokens.output_tokens, 0)) AS tokens
        FROM loops
        JOIN call_tokens ON call_tokens.call_id = loops.id
        WHERE loops.is_extra
        GROUP BY loops.kind, loops.loop_id, call_tokens.source, coalesce(call_tokens.turn, -call_tokens.call_id)
    ),
    spent AS (
        SELECT kind, loop_id, sum(tokens) AS tokens
        FROM turns
        GROUP BY kind, loop_id
    ),
    found AS (
        SELECT
            kind,
            loop_id,
            begun_id,
            other_id,
            sum(is_extra) AS extra_calls,
            round(sum(duration_ms) FILTER (WHERE is_extra), 1) AS extra_ms,
            max(id) AS last_id,
            run_id,
            session_id
        FROM loops
        GROUP BY kind, loop_id, begun_id, other_id, run_id, session_id
        HAVING kind = 'same call' OR count(*) >= 2
    )
SELECT
    found.kind,
    found.extra_calls,
    found.extra_ms,
    spent.tokens AS extra_tokens,
    begun.tool_name || coalesce(', ' || other.tool_name, '') AS tools,
    begun.params,
    other.params AS other_params,
    substr(begun.result, 1, 500) AS result,
    begun.started_at AS first_call,
    ended.started_at AS last_call,
    found.begun_id AS first_call_id,
    found.last_id AS last_call_id,
    found.run_id,
    found.session_id
FROM found
JOIN made AS begun ON begun.id = found.begun_id
JOIN made AS ended ON ended.id = found.last_id
LEFT JOIN made AS other ON other.id = found.other_id
LEFT JOIN spent ON spent.kind = found.kind AND spent.loop_id = found.loop_id
ORDER BY spent.tokens DESC NULLS LAST, found.extra_calls DESC, found.extra_ms DESC, found.begun_id, found.kind;
