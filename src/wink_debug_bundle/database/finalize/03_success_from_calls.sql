-- A provider's native tools return no success flag: take it from the log or the transcript of the same call.
UPDATE tool_invocations
SET result_success = calls.success, success_source = 'log'
FROM calls
WHERE tool_invocations.success_source = 'assumed'
    -- The plus sign keeps SQLite from looking up the event of every call: few events lack a flag of their own.
    AND calls.event_id = +tool_invocations.event_id
    AND calls.success IS NOT NULL;
