-- Read failures as steps, with the traceback of a run that ended with an exception. Parameter ids: a JSON array of rows
-- in failures.
SELECT
    failures.id,
    failures.timestamp,
    failures.kind,
    failures.name,
    coalesce(
        CASE failures.kind WHEN 'run' THEN runs.error_message ELSE runs.sample_error END,
        nullif(runs.score_reason, ''),
        failures.message
    ) AS message,
    runs.traceback,
    failures.run_id
FROM failures
JOIN runs ON runs.id = failures.run_id
WHERE failures.id IN (SELECT value FROM json_each(:ids));
