-- Find the steps of a run or of a session's tree, each with its session and its time: what was said, calls, prompts of
-- sessions without a transcript, warnings and errors of the log, and why the run failed. Parameters: run, the run's
-- number, NULL for sessions outside of runs; sessions, a JSON array of the sessions; most, a limit.
WITH
    chosen(session_id) AS (SELECT value FROM json_each(:sessions)),
    unit_entries AS (
        SELECT * FROM entries WHERE run_id = :run
        UNION ALL
        SELECT entries.*
        FROM chosen
        JOIN entries ON entries.session_id = chosen.session_id
        WHERE :run IS NULL AND entries.run_id IS NULL
    ),
    unit_calls AS (
        SELECT * FROM calls WHERE run_id = :run
        UNION ALL
        SELECT calls.*
        FROM chosen
        JOIN calls ON calls.session_id = chosen.session_id
        WHERE :run IS NULL AND calls.run_id IS NULL
    ),
    heard AS (
        SELECT DISTINCT session_id, entry_type
        FROM unit_entries
        WHERE entry_type IN ('user_message', 'assistant_message')
    ),
    unit_logs(artifact_id) AS (
        SELECT id FROM artifacts WHERE kind IN ('logs', 'transcript') AND container_id IS :run
    ),
    warnings AS (
        SELECT logs.id, logs.session_id, logs.timestamp
        FROM chosen
        JOIN logs ON logs.session_id = chosen.session_id
        WHERE (logs.level = 'ERROR' OR logs.level = 'WARNING' OR logs.level = 'CRITICAL')  -- as the index has it
            AND logs.artifact_id IN (SELECT artifact_id FROM unit_logs)
        UNION ALL
        -- A run that fails early may have no session.
        SELECT logs.id, NULL, logs.timestamp
        FROM unit_logs
        JOIN logs ON logs.session_id IS NULL AND logs.artifact_id = unit_logs.artifact_id
        WHERE :run IS NOT NULL AND (logs.level = 'ERROR' OR logs.level = 'WARNING' OR logs.level = 'CRITICAL')
    ),
    places(kind, id, session_id, at, log_id, block, source, began_at, ended_at) AS (
        SELECT
            'entry',
            unit_entries.id,
            unit_entries.session_id,
            logs.timestamp,
            unit_entries.log_id,
            unit_entries.block,
            unit_entries.source,
            NULL,
            NULL
        FROM unit_entries
        JOIN logs ON logs.id = unit_entries.log_id
        WHERE unit_entries.entry_type != 'token_usage'
            AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.use_entry_id = unit_entries.id)
            AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.result_entry_id = unit_entries.id)
        UNION ALL
        SELECT
            'call',
            unit_calls.id,
            unit_calls.session_id,
            coalesce(
                use_log.timestamp,
                result_log.timestamp,
                requested.timestamp,
                started.timestamp,
                ended.timestamp,
                event.timestamp
            ),
            coalesce(
                use_log.id,
                result_log.id,
                unit_calls.requested_log_id,
                unit_calls.started_log_id,
                unit_calls.ended_log_id
            ),
            coalesce(use_entry.block, result_entry.block),
            coalesce(use_entry.source, result_entry.source),
            coalesce(started.timestamp, requested.timestamp, use_log.timestamp),
            coalesce(ended.timestamp, event.timestamp, result_log.timestamp)
        FROM unit_calls
        LEFT JOIN entries AS use_entry ON use_entry.id = unit_calls.use_entry_id
        LEFT JOIN logs AS use_log ON use_log.id = use_entry.log_id
        LEFT JOIN entries AS result_entry ON result_entry.id = unit_calls.result_entry_id
        LEFT JOIN logs AS result_log ON result_log.id = result_entry.log_id
        LEFT JOIN logs AS requested ON requested.id = unit_calls.requested_log_id
        LEFT JOIN logs AS started ON started.id = unit_calls.started_log_id
        LEFT JOIN logs AS ended ON ended.id = unit_calls.ended_log_id
        LEFT JOIN tool_invocations AS event ON event.event_id = unit_calls.event_id
        UNION ALL
        SELECT
            prompts.event_type,
            prompts.rowid,
            prompts.session_id,
            prompts.timestamp,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL
        FROM chosen
        JOIN prompt_events AS prompts ON prompts.session_id = chosen.session_id
        WHERE NOT EXISTS (
                SELECT 1
                FROM heard
                WHERE heard.session_id = prompts.session_id
                    AND heard.entry_type = iif(prompts.event_type = 'rendered', 'user_message', 'assistant_message')
            )
        UNION ALL
        -- The record that ends a call is part of the call.
        SELECT 'log', id, session_id, timestamp, id, NULL, NULL, NULL, NULL
        FROM warnings
        WHERE id NOT IN (SELECT ended_log_id FROM unit_calls WHERE ended_log_id IS NOT NULL)
        UNION ALL
        SELECT 'failure', id, session_id, timestamp, NULL, NULL, NULL, NULL, NULL
        FROM failures
        WHERE run_id = :run AND kind IN ('run', 'sample')
    )
SELECT
    places.kind,
    places.id,
    places.session_id,
    CASE WHEN times.time IS NULL THEN places.at ELSE times.utc END AS at,
    places.log_id,
    places.block,
    places.source,
    places.began_at,
    places.ended_at
FROM places
LEFT JOIN times ON times.time = places.at
LIMIT :most;
