-- Read tool calls as steps. Parameter ids: a JSON array of rows in calls.
SELECT
    tool_calls.id,
    tool_calls.started_at,
    tool_calls.ended_at,
    tool_calls.tool_name,
    tool_calls.outcome,
    tool_calls.duration_ms,
    tool_calls.params,
    tool_calls.output,
    tool_calls.error,
    tool_calls.message,
    tool_calls.value,
    (SELECT event.rowid FROM tool_invocations AS event WHERE event.event_id = tool_calls.event_id) AS event_row,
    (SELECT entries.log_id FROM entries WHERE entries.id = calls.use_entry_id) AS use_log_id,
    (SELECT entries.log_id FROM entries WHERE entries.id = calls.result_entry_id) AS result_log_id,
    calls.requested_log_id,
    tool_calls.started_log_id,
    tool_calls.ended_log_id
FROM tool_calls
JOIN calls ON calls.id = tool_calls.id
WHERE tool_calls.id IN (SELECT value FROM json_each(:ids));
