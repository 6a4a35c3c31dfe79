-- What was the agent told?
-- Theme: prompts
-- The text of each prompt that a run rendered, in order of time; where no session has it, the first message to the agent
-- in the transcript.
-- :run  Number of a run, as in runs.id, or its sample, session, bundle id or execution id; if empty, the first run that
-- failed, else the first run, else the root session, else any.
WITH RECURSIVE
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
            SELECT NULL, root_session_id, 9
            FROM bundle_meta
            WHERE root_session_id IS NOT NULL AND coalesce(:run, '') = ''
            UNION ALL
            SELECT NULL, min(session_id), 10 FROM prompt_events WHERE coalesce(:run, '') = ''
        )
        WHERE fit IS NOT NULL
        ORDER BY fit, run_id
        LIMIT 1
    ),
    tree AS (
        SELECT session_id FROM chosen
        UNION
        SELECT sessions.session_id
        FROM tree
        JOIN sessions ON sessions.parent_session_id = tree.session_id
    ),
    prompts AS (
        SELECT
            prompt_events.timestamp,
            prompt_events.prompt_ns || '/' || prompt_events.prompt_key AS prompt,
            prompt_events.rendered_text AS text,
            prompt_events.tool_names,
            prompt_events.session_id,
            prompt_events.event_id
        FROM tree
        JOIN prompt_events ON prompt_events.session_id = tree.session_id
        WHERE prompt_events.event_type = 'rendered'
    ),
    first_messages AS (
        SELECT min(entries.id) AS entry_id
        FROM chosen
        JOIN entries ON entries.run_id = chosen.run_id
        WHERE entries.entry_type = 'user_message'
        UNION ALL
        SELECT min(entries.id)
        FROM chosen
        JOIN entries ON entries.session_id = chosen.session_id
        WHERE chosen.run_id IS NULL AND entries.entry_type = 'user_message'
    ),
    texts AS (
        SELECT timestamp, prompt, text, tool_names, session_id, event_id, NULL AS entry_id
        FROM prompts
        UNION ALL
        SELECT timestamp, NULL, text, NULL, session_id, NULL, id
        FROM transcript_entries
        WHERE id IN (SELECT entry_id FROM first_messages) AND NOT EXISTS (SELECT 1 FROM prompts)
    )
SELECT
    texts.timestamp,
    texts.prompt,
    length(texts.text) AS characters,
    texts.text,
    texts.tool_names,
    texts.session_id,
    texts.event_id,
    texts.entry_id
FROM texts
LEFT JOIN times ON times.time = texts.timestamp
ORDER BY CASE WHEN times.time IS NULL THEN texts.timestamp ELSE times.utc END;
