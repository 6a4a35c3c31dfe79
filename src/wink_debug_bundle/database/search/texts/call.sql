-- What tools were given.
SELECT
    id AS row_id,
    run_id,
    session_id,
    tool_name,
    NULL AS level,
    tool_name AS name,
    started_at AS timestamp,
    tool_name AS text,
    params AS data
FROM tool_calls;
