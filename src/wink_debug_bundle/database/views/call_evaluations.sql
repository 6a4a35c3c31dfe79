CREATE VIEW call_evaluations AS
-- The evaluation that each tool call belongs to.
SELECT
    calls.id AS call_id,  -- Row in calls.
    CASE
        WHEN calls.run_id IS NOT NULL OR calls.session_id IS NOT NULL
            THEN coalesce(runs.evaluation, sessions.evaluation)
        ELSE (
            SELECT artifacts.evaluation
            FROM logs
            JOIN artifacts ON artifacts.id = logs.artifact_id
            WHERE logs.id = coalesce(calls.requested_log_id, calls.started_log_id, calls.ended_log_id)
        )
    END AS evaluation  -- Evaluation of its run, else of its session, else of its log; NULL if it needs no name.
FROM calls
LEFT JOIN runs ON runs.id = calls.run_id
LEFT JOIN sessions ON sessions.session_id = calls.session_id;
