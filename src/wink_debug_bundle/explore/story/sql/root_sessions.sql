-- List the sessions without a parent: failed samples first, then those with snapshots. A session of several samples has
-- the result of one.
WITH
    samples AS (
        SELECT
            session_samples.session_id,
            session_samples.sample_id,
            session_samples.experiment,
            session_samples.result,
            session_samples.failure,
            max(session_samples.item_id) AS item_id
        FROM session_samples
        GROUP BY session_samples.session_id
    )
SELECT
    sessions.session_id,
    sessions.source,
    nullif(sessions.created_at, '') AS created_at,
    samples.sample_id,
    samples.experiment,
    samples.result,
    samples.failure
FROM sessions
LEFT JOIN samples ON samples.session_id = sessions.session_id
WHERE sessions.parent_session_id IS NULL
ORDER BY
    coalesce(samples.result NOT IN ('error', 'failed'), 1),
    sessions.source DESC,
    sessions.created_at,
    sessions.session_id
LIMIT :most;
