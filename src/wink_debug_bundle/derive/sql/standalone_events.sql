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
    session_id,
    tool_name,
    call_id,
    prompt_name,
    CASE
        WHEN success_source IS NULL OR success_source = 'assumed' OR result_success IS NULL THEN 'unknown'
        WHEN result_success THEN 'succeeded'
        ELSE failure_outcome(tool_name, result_message)
    END,
    -- Most calls succeed: to look up each outcome would take as long as the rest.
    CASE
        WHEN success_source IS NULL OR success_source = 'assumed' OR result_success IS NULL THEN NULL
        WHEN result_success THEN 1
        ELSE (SELECT success FROM temp.outcomes WHERE outcome = failure_outcome(tool_name, result_message))
    END,
    'slices',
    event_id,
    0
FROM tool_invocations
-- Checked once, because most events belong to runs if any do.
WHERE EXISTS (SELECT 1 FROM snapshots WHERE artifact_id NOT IN (SELECT artifact_id FROM temp.members))
    -- Without runs, or trees, no event is looked up among theirs.
    AND (
        NOT EXISTS (SELECT 1 FROM temp.members)
        OR snapshot_id NOT IN (
            SELECT snapshots.id
            FROM temp.members
            JOIN snapshots ON snapshots.artifact_id = members.artifact_id
        )
    )
    AND (NOT EXISTS (SELECT 1 FROM temp.trees) OR session_id NOT IN (SELECT session_id FROM temp.trees))
ORDER BY tool_invocations.rowid;
