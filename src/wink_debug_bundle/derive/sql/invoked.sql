-- ToolInvoked events of each open run, and of each tree of sessions outside of runs. If several runs share a session, an
-- event belongs to the run during which it happened.
SELECT
    coalesce(
        (
            SELECT shared.id
            FROM temp.shared_sessions AS shared
            WHERE members.run_id IS NOT NULL
                AND shared.session_id = tool_invocations.session_id
                AND utc(tool_invocations.timestamp) BETWEEN utc(shared.started_at) AND utc(shared.ended_at)
            ORDER BY shared.id
            LIMIT 1
        ),
        members.run_id,
        1 << 62  -- Trees come after all runs.
    ) AS run,
    coalesce(trees.root, '') AS tree,
    tool_invocations.event_id,
    tool_invocations.session_id,
    tool_invocations.tool_name,
    tool_invocations.call_id,
    tool_invocations.prompt_name,
    tool_invocations.timestamp,
    CASE WHEN tool_invocations.success_source != 'assumed' THEN tool_invocations.result_success END,
    tool_invocations.result_message
FROM tool_invocations
JOIN snapshots ON snapshots.id = tool_invocations.snapshot_id
LEFT JOIN temp.members ON members.artifact_id = snapshots.artifact_id
LEFT JOIN temp.trees ON members.run_id IS NULL AND trees.session_id = tool_invocations.session_id
WHERE members.run_id IN (SELECT run_id FROM temp.open_runs) OR trees.root IS NOT NULL
ORDER BY run, tree, utc(tool_invocations.timestamp), tool_invocations.item_index, tool_invocations.rowid;
