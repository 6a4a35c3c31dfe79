-- What tools returned.
SELECT
    id AS row_id,
    run_id,
    session_id,
    tool_name,
    NULL AS level,
    tool_name AS name,
    ended_at AS timestamp,
    CASE
        WHEN message IS NULL THEN coalesce(output, error)
        WHEN coalesce(output, error, message) = message THEN message
        ELSE message || ' ' || coalesce(output, error)
    END AS text,
    CASE WHEN output IS NULL THEN value END AS data
FROM tool_calls
WHERE coalesce(message, output, error, value, '') != '';
