-- List the sessions without a parent: failed samples and sessions that ended with an error or without a result first,
-- then those with snapshots. A session of several samples has the result of one.
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
    ),
    ended AS (
        SELECT session_id, result, error FROM session_results WHERE result IN ('error', 'unfinished')
    )
SELECT
    sessions.session_id,
    sessions.source,
    nullif(sessions.created_at, '') AS created_at,
    samples.sample_id,
    samples.experiment,
    coalesce(samples.result, ended.result) AS result,
    iif(samples.session_id IS NULL, ended.error, samples.failure) AS failure
FROM sessions
LEFT JOIN samples ON samples.session_id = sessions.session_id
LEFT JOIN ended ON ended.session_id = sessions.session_id
WHERE sessions.parent_session_id IS NULL
ORDER BY
    coalesce(coalesce(samples.result, ended.result) NOT IN ('error', 'failed', 'unfinished'), 1),
    sessions.source DESC,
    sessions.created_at,
    sessions.session_id
LIMIT :most;
