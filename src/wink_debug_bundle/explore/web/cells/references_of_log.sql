-- What was made of one log record: table, key and a text about it. Calls and entries have no index by record, so they
-- are found among those of the record's run, or of its session outside of runs.
WITH
    record AS (
        SELECT logs.id, logs.session_id, artifacts.container_id AS run_id
        FROM logs
        JOIN artifacts ON artifacts.id = logs.artifact_id
        WHERE logs.id = CAST(? AS INTEGER)
    ),
    near_calls AS (
        SELECT calls.* FROM record JOIN calls ON calls.run_id = record.run_id
        UNION ALL
        SELECT calls.* FROM record JOIN calls ON calls.session_id = record.session_id WHERE record.run_id IS NULL
    ),
    near_entries AS (
        SELECT entries.* FROM record JOIN entries ON entries.run_id = record.run_id
        UNION ALL
        SELECT entries.* FROM record JOIN entries ON entries.session_id = record.session_id WHERE record.run_id IS NULL
    )
SELECT
    'calls',
    near_calls.id,
    CASE record.id
        WHEN near_calls.started_log_id THEN 'start'
        WHEN near_calls.ended_log_id THEN 'end'
        ELSE 'request'
    END || ' of a call of ' || near_calls.tool_name
FROM record
JOIN near_calls ON record.id IN (near_calls.requested_log_id, near_calls.started_log_id, near_calls.ended_log_id)
UNION ALL
SELECT 'entries', near_entries.id, 'transcript entry: ' || near_entries.entry_type
FROM record
JOIN near_entries ON near_entries.log_id = record.id
UNION ALL
SELECT 'failures', failures.id, 'failure: ' || failures.name
FROM record
JOIN failures ON failures.run_id = record.run_id AND failures.log_id = record.id
ORDER BY 1, 2
LIMIT 100;
