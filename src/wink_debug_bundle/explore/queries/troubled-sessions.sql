-- Which sessions went wrong?
-- Theme: failures
-- Sessions with errors or warnings in the logs, failed tool calls, or prompts that were rendered but never executed.
WITH
    logged AS (
        SELECT
            session_id,
            sum(level IN ('ERROR', 'CRITICAL')) AS errors,
            sum(level = 'WARNING') AS warnings
        FROM logs
        WHERE level IN ('ERROR', 'CRITICAL', 'WARNING')
        GROUP BY session_id
    ),
    called AS (
        SELECT session_id, count(*) AS failures
        FROM tool_invocations
        WHERE result_success = 0
        GROUP BY session_id
    ),
    prompted AS (
        SELECT session_id, sum(event_type = 'rendered') - sum(event_type = 'executed') AS unfinished
        FROM prompt_events
        GROUP BY session_id
    )
SELECT
    sessions.session_id,
    coalesce(errors, 0) AS errors,
    coalesce(warnings, 0) AS warnings,
    coalesce(failures, 0) AS failed_tool_calls,
    max(coalesce(unfinished, 0), 0) AS unfinished_prompts,
    source,
    created_at
FROM sessions
LEFT JOIN logged USING (session_id)
LEFT JOIN called USING (session_id)
LEFT JOIN prompted USING (session_id)
WHERE errors > 0 OR warnings > 0 OR failures > 0 OR unfinished > 0
ORDER BY errors DESC, failed_tool_calls DESC, unfinished_prompts DESC, warnings DESC, sessions.session_id;
