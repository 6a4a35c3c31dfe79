-- Where does a text occur?
-- Theme: logs
-- The first 200 log records, tool calls, prompts and files that contain the text.
-- :text  The text to find; upper and lower case matter.
SELECT found_in, row_key, name, timestamp, session_id
FROM (
    SELECT 'logs' AS found_in, id AS row_key, coalesce(nullif(event, ''), logger) AS name, timestamp, session_id
    FROM logs
    WHERE instr(message, :text) OR instr(context, :text)
    UNION ALL
    SELECT 'tool_invocations', event_id, tool_name, timestamp, session_id
    FROM tool_invocations
    WHERE instr(params, :text) OR instr(result_message, :text) OR instr(result_value, :text)
        OR instr(rendered_output, :text)
    UNION ALL
    SELECT 'prompt_events', event_id, prompt_name, timestamp, session_id
    FROM prompt_events
    WHERE instr(rendered_text, :text) OR instr(result, :text)
    UNION ALL
    SELECT 'files', id, path, modified_at, session_id
    FROM files
    WHERE instr(path, :text) OR instr(content, :text)
)
WHERE :text != ''
LIMIT 200;
