-- Failures of runs, samples, tool calls and logs.
SELECT
    id AS row_id,
    run_id,
    session_id,
    CASE WHEN kind = 'tool' THEN name END AS tool_name,
    NULL AS level,
    name,
    timestamp,
    name || ': ' || message AS text,
    NULL AS data
FROM failures;
