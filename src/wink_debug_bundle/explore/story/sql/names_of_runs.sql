-- Read the names by which runs can be chosen, and sessions outside of runs.
SELECT CAST(id AS TEXT) AS name, id AS run_id, session_id FROM runs
UNION ALL
SELECT sample_id, id, session_id FROM runs WHERE sample_id IS NOT NULL
UNION ALL
SELECT bundle_id, id, session_id FROM runs WHERE bundle_id IS NOT NULL
UNION ALL
SELECT execution_id, id, session_id FROM runs WHERE execution_id IS NOT NULL AND execution_id != bundle_id
UNION ALL
SELECT request_id, id, session_id FROM runs WHERE request_id IS NOT NULL
UNION ALL
SELECT
    session_id,
    (SELECT min(runs.id) FROM runs WHERE runs.session_id = sessions.session_id),
    session_id
FROM sessions
UNION ALL
SELECT sample_id, NULL, session_id FROM session_samples WHERE sample_id IS NOT NULL
LIMIT 20000;
