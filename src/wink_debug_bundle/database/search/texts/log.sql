-- Events and messages of log records.
SELECT
    id AS row_id,
    (SELECT artifacts.container_id FROM artifacts WHERE artifacts.id = logs.artifact_id) AS run_id,
    session_id,
    NULL AS tool_name,
    level,
    coalesce(nullif(event, ''), logger) AS name,
    timestamp,
    coalesce(nullif(event, '') || ': ', '') || message AS text,
    NULL AS data
FROM logs;
