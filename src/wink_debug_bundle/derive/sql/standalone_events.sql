-- Calls that only ToolInvoked events record, of trees of sessions outside of runs, in the order of the events' rows: that
-- of the snapshots, and within a snapshot that of its slices. These trees need no merging.
INSERT INTO calls (
    session_id,
    tool_name,
    call_id,
    prompt_name,
    outcome,
    success,
    source,
    event_id,
    ends_before_start
)
SELECT
    events.session_id,
    events.tool_name,
    events.call_id,
    events.prompt_name,
    outcomes.outcome,
    outcomes.success,
    'slices',
    events.event_id,
    0
FROM tool_invocations AS events
JOIN temp.outcomes ON outcomes.outcome = CASE
    WHEN events.success_source IS NULL OR events.success_source = 'assumed' THEN 'unknown'
    WHEN events.result_success THEN 'succeeded'
    WHEN events.result_success IS NULL THEN 'unknown'
    ELSE failure_outcome(events.tool_name, events.result_message)
END
-- Checked once, because most events belong to runs if any do.
WHERE EXISTS (SELECT 1 FROM snapshots WHERE artifact_id NOT IN (SELECT artifact_id FROM temp.members))
    AND events.snapshot_id NOT IN (
        SELECT snapshots.id
        FROM temp.members
        JOIN snapshots ON snapshots.artifact_id = members.artifact_id
    )
    AND events.session_id NOT IN (SELECT session_id FROM temp.trees)
ORDER BY events.rowid;
