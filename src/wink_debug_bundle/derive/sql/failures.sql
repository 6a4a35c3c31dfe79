-- Fill failures: everything that went wrong, once each, with its signature.
INSERT INTO failures (run_id, session_id, kind, name, signature, message, timestamp, call_id, log_id)
SELECT
    run_id,
    session_id,
    kind,
    name,
    failure_signature(message, kind),
    substr(message, 1, 1000),
    timestamp,
    call_id,
    log_id
FROM (
    SELECT
        1 AS position,
        id,
        id AS run_id,
        session_id,
        'run' AS kind,
        coalesce(error_type, 'unknown') AS name,
        coalesce(error_message, '') AS message,
        ended_at AS timestamp,
        NULL AS call_id,
        NULL AS log_id
    FROM runs
    WHERE result = 'error'
    UNION ALL
    SELECT
        2,
        id,
        id,
        session_id,
        'sample',
        CASE WHEN sample_error IS NULL THEN 'score' ELSE 'error' END,
        coalesce(sample_error, nullif(score_reason, ''), 'score ' || score, ''),
        ended_at,
        NULL,
        NULL
    FROM runs
    WHERE result = 'failed'
    UNION ALL
    SELECT
        3,
        item_id,
        NULL,
        session_id,
        'sample',
        CASE result WHEN 'error' THEN 'error' ELSE 'score' END,
        coalesce(failure, ''),
        ended_at,
        NULL,
        NULL
    FROM session_samples
    WHERE result IN ('failed', 'error')
    UNION ALL
    SELECT
        4,
        id,
        run_id,
        session_id,
        'tool',
        tool_name,
        coalesce(error, ''),
        coalesce(ended_at, started_at),
        id,
        ended_log_id
    FROM tool_calls
    WHERE success = 0
    UNION ALL
    SELECT
        5,
        logs.id,
        artifacts.container_id,
        logs.session_id,
        'log',
        coalesce(nullif(logs.event, ''), logs.logger),
        coalesce(CASE WHEN json_valid(logs.context) THEN logs.context ->> '$.error' END, logs.message),
        logs.timestamp,
        NULL,
        logs.id
    FROM logs
    JOIN artifacts ON artifacts.id = logs.artifact_id
    WHERE logs.level IN ('ERROR', 'CRITICAL')
        AND (artifacts.container_id IS NOT NULL OR :standalone_logs)
        -- Checked once; if no log qualifies, the errors of all logs need not be visited.
        AND EXISTS (SELECT 1 FROM artifacts WHERE container_id IS NOT NULL OR :standalone_logs)
        AND logs.id NOT IN (SELECT ended_log_id FROM calls WHERE success = 0 AND ended_log_id IS NOT NULL)
)
ORDER BY position, id;
