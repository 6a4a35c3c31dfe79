-- Outside of runs, logs may be too large to be searched for calls: take the success from the record that ends the call.
UPDATE tool_invocations
SET result_success = logged.success, success_source = 'log'
FROM (
    SELECT
        json_extract(context, '$.call_id') AS call_id,
        coalesce(json_extract(context, '$.tool_name'), json_extract(context, '$.tool')) AS tool_name,
        min(json_extract(context, '$.success')) AS success
    FROM logs
    WHERE event IN ('hook.tool_invoked', 'hook.tool_call.complete', 'tool.execution.complete')
        -- Checked once, so that no record is parsed if no invocation needs it.
        AND EXISTS (SELECT 1 FROM tool_invocations WHERE success_source = 'assumed')
        AND artifact_id IN (SELECT id FROM artifacts WHERE container_id IS NULL)
        AND json_valid(context)
        AND json_type(context, '$.success') IN ('true', 'false')
        AND json_type(context, '$.call_id') = 'text'
    GROUP BY 1, 2
) AS logged
WHERE tool_invocations.success_source = 'assumed'
    AND tool_invocations.call_id = logged.call_id
    AND tool_invocations.tool_name = logged.tool_name
    AND tool_invocations.snapshot_id NOT IN (
        SELECT snapshots.id
        FROM snapshots
        JOIN artifacts ON artifacts.id = snapshots.artifact_id
        WHERE artifacts.container_id IS NOT NULL
    );
