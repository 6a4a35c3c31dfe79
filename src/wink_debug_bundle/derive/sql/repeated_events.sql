-- Settled runs that have fewer events in the bundle than they were read with.
WITH
    of_snapshots AS (
        SELECT snapshot_id, count(*) AS event_count
        FROM tool_invocations
        WHERE EXISTS (SELECT 1 FROM settled_runs)
        GROUP BY snapshot_id
    ),
    held AS (
        SELECT members.run_id, sum(of_snapshots.event_count) AS event_count
        FROM of_snapshots
        JOIN snapshots ON snapshots.id = of_snapshots.snapshot_id
        JOIN temp.members ON members.artifact_id = snapshots.artifact_id
        GROUP BY members.run_id
    )
SELECT settled_runs.run_id, settled_runs.log_id, settled_runs.fragments
FROM settled_runs
LEFT JOIN held ON held.run_id = settled_runs.run_id
WHERE settled_runs.event_count != coalesce(held.event_count, 0);
