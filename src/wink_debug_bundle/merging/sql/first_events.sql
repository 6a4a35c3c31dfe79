-- Of an event that several bundles hold, keep the one that a build of all sources reads first: from snapshots outside of
-- runs, then by the names of the artifacts.
DELETE FROM tool_invocations
WHERE rowid IN (
        SELECT row_id
        FROM (
            SELECT
                tool_invocations.rowid AS row_id,
                row_number() OVER (
                    PARTITION BY event_id
                    ORDER BY artifacts.container_id IS NOT NULL, artifacts.path, tool_invocations.rowid
                ) AS place
            FROM tool_invocations
            JOIN snapshots ON snapshots.id = tool_invocations.snapshot_id
            JOIN artifacts ON artifacts.id = snapshots.artifact_id
            WHERE event_id IN (SELECT event_id FROM tool_invocations GROUP BY event_id HAVING count(*) > 1)
        )
        WHERE place > 1
    );

DELETE FROM prompt_events
WHERE rowid IN (
        SELECT row_id
        FROM (
            SELECT
                prompt_events.rowid AS row_id,
                row_number() OVER (
                    PARTITION BY event_id
                    ORDER BY artifacts.container_id IS NOT NULL, artifacts.path, prompt_events.rowid
                ) AS place
            FROM prompt_events
            JOIN snapshots ON snapshots.id = prompt_events.snapshot_id
            JOIN artifacts ON artifacts.id = snapshots.artifact_id
            WHERE event_id IN (SELECT event_id FROM prompt_events GROUP BY event_id HAVING count(*) > 1)
        )
        WHERE place > 1
    );
