-- Contexts of log records.
SELECT
    id AS row_id,
    (SELECT artifacts.container_id FROM artifacts WHERE artifacts.id = logs.artifact_id) AS run_id,
    session_id,
    NULL AS tool_name,
    level,
    coalesce(nullif(event, ''), logger) AS name,
    timestamp,
    NULL AS text,
    context AS data
FROM logs
WHERE context IS NOT NULL AND context != '{}';
