-- ToolInvoked events of sessions that were dumped outside of runs.
SELECT
    trees.root,
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
JOIN temp.trees ON trees.session_id = tool_invocations.session_id
WHERE snapshots.artifact_id NOT IN (SELECT artifact_id FROM temp.members)
ORDER BY trees.root, tool_invocations.timestamp, tool_invocations.item_index;
