-- Read the tool calls of a run, or of sessions outside of runs, without what they were given and returned. Parameters:
-- run, the run's number, NULL outside of runs; sessions, a JSON array of the sessions.
WITH
    unit_calls AS (
        SELECT * FROM calls WHERE run_id = :run
        UNION ALL
        SELECT calls.*
        FROM json_each(:sessions) AS chosen
        JOIN calls ON calls.session_id = chosen.value
        WHERE :run IS NULL AND calls.run_id IS NULL
    )
SELECT
    unit_calls.id,
    unit_calls.session_id,
    coalesce(use_entry.source, result_entry.source) AS source,
    unit_calls.tool_name,
    unit_calls.call_id,
    unit_calls.outcome,
    unit_calls.success,
    coalesce(start_times.utc, started.timestamp, requested.timestamp) AS started_at,
    coalesce(end_times.utc, ended.timestamp, event.timestamp) AS ended_at,
    coalesce(use_times.utc, use_log.timestamp) AS used_at,
    coalesce(result_times.utc, result_log.timestamp) AS returned_at
FROM unit_calls
LEFT JOIN logs AS requested ON requested.id = unit_calls.requested_log_id
LEFT JOIN logs AS started ON started.id = unit_calls.started_log_id
LEFT JOIN logs AS ended ON ended.id = unit_calls.ended_log_id
LEFT JOIN tool_invocations AS event ON event.event_id = unit_calls.event_id
LEFT JOIN entries AS use_entry ON use_entry.id = unit_calls.use_entry_id
LEFT JOIN logs AS use_log ON use_log.id = use_entry.log_id
LEFT JOIN entries AS result_entry ON result_entry.id = unit_calls.result_entry_id
LEFT JOIN logs AS result_log ON result_log.id = result_entry.log_id
LEFT JOIN times AS start_times ON start_times.time = coalesce(started.timestamp, requested.timestamp)
LEFT JOIN times AS end_times ON end_times.time = coalesce(ended.timestamp, event.timestamp)
LEFT JOIN times AS use_times ON use_times.time = use_log.timestamp
LEFT JOIN times AS result_times ON result_times.time = result_log.timestamp
ORDER BY unit_calls.id;
