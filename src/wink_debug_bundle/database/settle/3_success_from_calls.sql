-- A provider's native tools return no success flag; the log or the transcript of the same call has it.
UPDATE tool_invocations
SET result_success = calls.success, success_source = 'log'
FROM calls
WHERE tool_invocations.success_source = 'assumed'
    AND calls.event_id = tool_invocations.event_id
    AND calls.success IS NOT NULL;

-- Calls are not put together from very large logs; what is still assumed then is looked up by the call's id.
UPDATE tool_invocations
SET result_success = logged.success, success_source = 'log'
FROM (
    SELECT
        json_extract(context, '$.call_id') AS call_id,
        coalesce(json_extract(context, '$.tool_name'), json_extract(context, '$.tool')) AS tool_name,
        min(json_extract(context, '$.success')) AS success
    FROM logs
    WHERE event IN ('hook.tool_invoked', 'hook.tool_call.complete', 'tool.execution.complete')
        -- One look tells whether there is anything to find out; without it every such record would be parsed.
        AND EXISTS (SELECT 1 FROM tool_invocations WHERE success_source = 'assumed')
        AND json_valid(context)
        AND json_type(context, '$.success') IN ('true', 'false')
        AND json_type(context, '$.call_id') = 'text'
    GROUP BY 1, 2
) AS logged
WHERE tool_invocations.success_source = 'assumed'
    AND tool_invocations.call_id = logged.call_id
    AND tool_invocations.tool_name = logged.tool_name;
