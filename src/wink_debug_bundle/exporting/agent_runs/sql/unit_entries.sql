-- Read the transcript of a run, or of sessions outside of runs, without its words. Parameters: run, the run's number,
-- NULL outside of runs; sessions, a JSON array of the sessions.
WITH
    unit_entries AS (
        SELECT * FROM entries WHERE run_id = :run
        UNION ALL
        SELECT entries.*
        FROM json_each(:sessions) AS chosen
        JOIN entries ON entries.session_id = chosen.value
        WHERE :run IS NULL AND entries.run_id IS NULL
    )
SELECT
    unit_entries.id,
    unit_entries.session_id,
    unit_entries.source,
    unit_entries.log_id,
    coalesce(times.utc, logs.timestamp) AS time,
    unit_entries.entry_type,
    unit_entries.call_id,
    unit_entries.model,
    unit_entries.input_tokens + CASE
        WHEN unit_entries.entry_type = 'token_usage' THEN 0
        ELSE coalesce(unit_entries.cached_tokens, 0) + coalesce(unit_entries.cache_write_tokens, 0)
    END AS context_tokens,
    unit_entries.cached_tokens,
    unit_entries.cache_write_tokens,
    unit_entries.output_tokens,
    (SELECT calls.id FROM calls WHERE calls.use_entry_id = unit_entries.id) AS requested_call
FROM unit_entries
JOIN logs ON logs.id = unit_entries.log_id
LEFT JOIN times ON times.time = logs.timestamp
ORDER BY unit_entries.id;
