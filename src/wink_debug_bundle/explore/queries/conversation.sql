-- What was said in one run?
-- Theme: story
-- The conversation of a run in order: messages, thoughts, tool calls and their results, and why it failed, if it did.
-- A run without a transcript is shown by its prompts and tool calls.
-- :run  Number of a run, as in runs.id, or its sample, session, bundle id or execution id; if empty, the first run that
-- failed, else the first run.
WITH
    chosen AS (
        SELECT run_id, session_id
        FROM (
            SELECT
                id AS run_id,
                session_id,
                CASE CAST(:run AS TEXT)
                    WHEN sample_id THEN 1
                    WHEN CAST(id AS TEXT) THEN 2
                    WHEN session_id THEN 3
                    WHEN bundle_id THEN 4
                    WHEN execution_id THEN 5
                    ELSE iif(coalesce(:run, '') != '', NULL, iif(status = 'error' OR passed = 0, 7, 8))
                END AS fit
            FROM runs
            UNION ALL
            SELECT NULL, session_id, 6 FROM sessions WHERE session_id = :run
            UNION ALL
            SELECT NULL, root_session_id, 9 FROM bundle_meta WHERE coalesce(:run, '') = ''
        )
        WHERE fit IS NOT NULL
        ORDER BY fit, run_id
        LIMIT 1
    ),
    transcript AS (
        SELECT transcript_entries.*
        FROM chosen
        JOIN transcript_entries ON transcript_entries.run_id = chosen.run_id
        UNION ALL
        SELECT transcript_entries.*
        FROM chosen
        JOIN transcript_entries ON transcript_entries.session_id = chosen.session_id
        WHERE chosen.run_id IS NULL AND transcript_entries.run_id IS NULL
    ),
    called AS (
        SELECT tool_calls.*
        FROM chosen
        JOIN tool_calls ON tool_calls.run_id = chosen.run_id
        UNION ALL
        SELECT tool_calls.*
        FROM chosen
        JOIN tool_calls ON tool_calls.session_id = chosen.session_id
        WHERE chosen.run_id IS NULL
    )
SELECT
    timestamp,
    entry_type,
    tool_name,
    text,
    data,
    is_error,
    input_tokens,
    output_tokens,
    source,
    session_id,
    tool_call_id
FROM (
    SELECT
        0 AS part,
        id AS position,
        id,
        timestamp,
        entry_type,
        tool_name,
        text,
        data,
        is_error,
        input_tokens,
        output_tokens,
        source,
        session_id,
        tool_call_id
    FROM transcript
    UNION ALL
    SELECT
        1,
        prompts.timestamp,
        NULL,
        prompts.timestamp,
        CASE prompts.event_type WHEN 'rendered' THEN 'user_message' ELSE 'assistant_message' END,
        NULL,
        coalesce(prompts.rendered_text, CASE WHEN json_valid(prompts.result) THEN prompts.result ->> '$.text' END),
        CASE WHEN json_valid(prompts.result) THEN prompts.result -> '$.output' END,
        NULL,
        prompts.input_tokens,
        prompts.output_tokens,
        'main',
        prompts.session_id,
        NULL
    FROM chosen
    JOIN prompt_events AS prompts ON prompts.session_id = chosen.session_id
    WHERE NOT EXISTS (SELECT 1 FROM transcript)
    UNION ALL
    SELECT 1, started_at, id, started_at, 'tool_use', tool_name, NULL, params, NULL, NULL, NULL, 'main', session_id, id
    FROM called
    WHERE NOT EXISTS (SELECT 1 FROM transcript)
    UNION ALL
    SELECT
        1,
        coalesce(ended_at, started_at),
        id,
        ended_at,
        'tool_result',
        tool_name,
        coalesce(output, error, message),
        value,
        success IS 0,
        NULL,
        NULL,
        'main',
        session_id,
        id
    FROM called
    WHERE NOT EXISTS (SELECT 1 FROM transcript)
    UNION ALL
    SELECT
        2,
        failures.id,
        NULL,
        failures.timestamp,
        'failure',
        NULL,
        failures.name || ': ' || failures.message,
        NULL,
        1,
        NULL,
        NULL,
        'main',
        failures.session_id,
        NULL
    FROM chosen
    JOIN failures ON failures.run_id = chosen.run_id
    WHERE failures.kind IN ('run', 'sample')
)
ORDER BY part, position, entry_type != 'user_message', id, entry_type DESC;
