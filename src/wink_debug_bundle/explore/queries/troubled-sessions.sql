-- Which sessions went wrong?
-- Theme: failures
-- Sessions with trouble, the worst first: runs that ended with an exception, then samples that did not pass, errors in
-- the logs, failed tool calls, and prompts that were rendered but never executed. trouble is the worst of it. Sessions
-- with mere warnings are left out.
WITH
    failed AS (
        SELECT
            session_id,
            min(CASE kind WHEN 'run' THEN 1 WHEN 'sample' THEN 2 END) AS severity,
            min(id) AS failure_id
        FROM failures
        WHERE kind IN ('run', 'sample')
        GROUP BY session_id
    ),
    logged AS (
        SELECT
            session_id,
            sum(level != 'WARNING') AS errors,
            sum(level = 'WARNING') AS warnings,
            max(CASE WHEN level != 'WARNING' THEN id END) AS log_id
        FROM logs
        WHERE level IN ('ERROR', 'CRITICAL', 'WARNING')
        GROUP BY session_id
    ),
    called AS (
        SELECT session_id, count(*) AS failed_calls, max(tool_name) AS tool_name
        FROM calls
        WHERE success = 0
        GROUP BY session_id
    ),
    prompted AS (
        SELECT
            session_id,
            iif(
                sum(event_type = 'rendered') > sum(event_type = 'executed'),
                sum(event_type = 'rendered') - sum(event_type = 'executed'),
                0
            ) AS unfinished
        FROM prompt_events
        GROUP BY session_id
    )
SELECT
    sessions.session_id,
    CASE
        WHEN failures.kind = 'run' THEN 'run ended with ' || failures.name || ': ' || failures.message
        WHEN failures.kind = 'sample' THEN 'sample did not pass: ' || failures.message
        WHEN logged.errors > 0
            THEN 'error logged: ' || coalesce(
                CASE WHEN json_valid(logs.context) THEN logs.context ->> '$.error' END, logs.message
            )
        WHEN called.failed_calls > 0 THEN 'call failed: ' || called.tool_name
        ELSE 'prompt rendered, not executed'
    END AS trouble,
    coalesce(logged.errors, 0) AS errors,
    coalesce(called.failed_calls, 0) AS failed_calls,
    coalesce(prompted.unfinished, 0) AS unfinished_prompts,
    coalesce(logged.warnings, 0) AS warnings,
    coalesce(failures.run_id, (SELECT min(id) FROM runs WHERE runs.session_id = sessions.session_id)) AS run_id,
    sessions.created_at
FROM sessions
LEFT JOIN failed USING (session_id)
LEFT JOIN failures ON failures.id = failed.failure_id
LEFT JOIN logged USING (session_id)
LEFT JOIN logs ON logs.id = logged.log_id
LEFT JOIN called USING (session_id)
LEFT JOIN prompted USING (session_id)
WHERE failed.failure_id IS NOT NULL OR logged.errors > 0 OR called.failed_calls > 0 OR prompted.unfinished > 0
ORDER BY
    coalesce(failed.severity, 3), errors DESC, failed_calls DESC, unfinished_prompts DESC, sessions.session_id;
