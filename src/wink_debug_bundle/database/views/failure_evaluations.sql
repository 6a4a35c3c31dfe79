CREATE VIEW failure_evaluations AS
-- The evaluation that each failure belongs to.
SELECT
    failures.id AS failure_id,  -- Row in failures.
    CASE
        WHEN failures.run_id IS NOT NULL OR failures.session_id IS NOT NULL
            THEN coalesce(runs.evaluation, sessions.evaluation)
        ELSE (
            SELECT artifacts.evaluation
            FROM logs
            JOIN artifacts ON artifacts.id = logs.artifact_id
            WHERE logs.id = failures.log_id
        )
    END AS evaluation  -- Evaluation of its run, else of its session, else of its log; NULL if it needs no name.
FROM failures
LEFT JOIN runs ON runs.id = failures.run_id
LEFT JOIN sessions ON sessions.session_id = failures.session_id;
