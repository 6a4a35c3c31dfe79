-- Paths of the agents' files.
SELECT
    id AS row_id,
    (SELECT runs.id FROM runs WHERE runs.id = files.artifact_id) AS run_id,
    session_id,
    NULL AS tool_name,
    NULL AS level,
    path AS name,
    modified_at AS timestamp,
    path AS text,
    NULL AS data
FROM files;
