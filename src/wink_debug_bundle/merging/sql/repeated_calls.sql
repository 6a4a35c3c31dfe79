-- An event that several bundles hold is that of one call: of one that a log or transcript records as well; else of the run
-- during which it happened; else of the first. Others that only the event records are the same call.
CREATE TEMP TABLE repeated_calls AS
SELECT id, source, row_number() OVER (PARTITION BY event_id ORDER BY is_event_only, is_elsewhere, id) AS place
FROM (
    SELECT
        calls.id,
        calls.event_id,
        calls.source,
        calls.source = 'slices' AS is_event_only,
        coalesce(utc(events.timestamp) BETWEEN utc(runs.started_at) AND utc(runs.ended_at), 0) = 0 AS is_elsewhere
    FROM calls
    JOIN tool_invocations AS events ON events.event_id = calls.event_id
    LEFT JOIN runs ON runs.id = calls.run_id
    WHERE calls.event_id IN (
            SELECT event_id FROM calls WHERE event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1
        )
);

DELETE FROM calls WHERE id IN (SELECT id FROM temp.repeated_calls WHERE place > 1 AND source = 'slices');

UPDATE calls
SET event_id = NULL, source = replace(source, 'slices,', '')
WHERE id IN (SELECT id FROM temp.repeated_calls WHERE place > 1);

DROP TABLE temp.repeated_calls;
