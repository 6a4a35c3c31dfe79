-- ToolInvoked events of runs.
SELECT
    coalesce((
        SELECT shared.id FROM temp.shared_sessions AS shared
        WHERE shared.session_id = tool_invocations.session_id
            AND tool_invocations.timestamp BETWEEN shared.started_at AND shared.ended_at
        ORDER BY shared.id
        LIMIT 1
    ), members.run_id) AS run_id,
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
JOIN temp.members ON members.artifact_id = snapshots.artifact_id
ORDER BY run_id, tool_invocations.timestamp, tool_invocations.item_index;
