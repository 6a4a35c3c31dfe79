CREATE VIEW session_results AS
-- How each session outside of runs ended. Sessions that executed prompts have a snapshot; those that only a log names
-- are listed in bundles without runs, because the log of a run names sessions, too.
WITH
    prompts AS (
        SELECT
            session_id,
            count(*) FILTER (WHERE event_type = 'rendered') AS rendered_count,
            count(*) FILTER (WHERE event_type = 'executed') AS executed_count
        FROM prompt_events
        GROUP BY session_id
    ),
    errors AS (
        SELECT
            session_id,
            max(message) AS message
        FROM failures
        WHERE kind = 'log' AND run_id IS NULL AND session_id IS NOT NULL
        GROUP BY session_id
    )
SELECT
    sessions.session_id,  -- The session.
    sessions.parent_session_id,  -- Session that started it; NULL for a root.
    CASE
        WHEN sessions.source != 'snapshot' THEN 'not dumped'
        WHEN coalesce(prompts.executed_count, 0) >= coalesce(prompts.rendered_count, 0) THEN 'finished'
        WHEN errors.session_id IS NOT NULL THEN 'error'
        ELSE 'unfinished'
    END AS result,  -- How it ended: 'finished' (each prompt was executed), 'error' (a prompt was not, and the log has an
    -- error of the session), 'unfinished' (a prompt was not executed, no log says why) or 'not dumped' (only a log names
    -- it).
    coalesce(prompts.rendered_count, 0) AS rendered_count,  -- Number of prompts that it rendered.
    coalesce(prompts.executed_count, 0) AS executed_count,  -- Number of prompts that it executed.
    errors.message AS error  -- An error of the session in a log; NULL without one.
FROM sessions
LEFT JOIN prompts ON prompts.session_id = sessions.session_id
LEFT JOIN errors ON errors.session_id = sessions.session_id
WHERE (
    sessions.source = 'snapshot'
    OR (sessions.source = 'log' AND NOT EXISTS (SELECT 1 FROM runs))
)
AND sessions.session_id NOT IN (SELECT session_id FROM runs WHERE session_id IS NOT NULL)
AND sessions.session_id NOT IN (
    SELECT snapshots.session_id
    FROM snapshots
    JOIN artifacts ON artifacts.id = snapshots.artifact_id
    WHERE artifacts.container_id IS NOT NULL
);
