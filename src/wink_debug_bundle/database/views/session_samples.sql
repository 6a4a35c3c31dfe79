CREATE VIEW session_samples AS
-- Samples of evaluations that only sessions record: releases 0.12 to 0.20 wrote no zips of runs, but put the result of
-- each sample into its session.
WITH
    items AS (
        SELECT
            slice_items.id AS item_id,
            slice_items.session_id,
            slice_items.snapshot_id,
            CASE WHEN json_valid(slice_items.payload) THEN slice_items.payload END AS payload
        FROM slice_items
        WHERE slice_items.slice_type IN (
                SELECT slice_type
                FROM slice_views
                WHERE slice_type LIKE 'weakincentives.%:EvalResult'
            )
            -- The plus sign keeps SQLite from visiting all other items of the last snapshots.
            AND +slice_items.snapshot_id IN (SELECT id FROM last_snapshots)
            AND slice_items.snapshot_id NOT IN (
                SELECT snapshots.id
                FROM snapshots
                JOIN artifacts ON artifacts.id = snapshots.artifact_id
                WHERE artifacts.container_id IS NOT NULL
            )
            AND slice_items.session_id NOT IN (SELECT session_id FROM runs WHERE session_id IS NOT NULL)
    ),
    samples AS (
        SELECT
            item_id,
            session_id,
            snapshot_id,
            payload ->> '$.sample_id' AS sample_id,
            payload ->> '$.experiment_name' AS experiment,
            CAST(payload ->> '$.score.value' AS REAL) AS score,
            CASE CAST(payload ->> '$.score.passed' AS TEXT)
                WHEN '1' THEN 1
                WHEN 'true' THEN 1
                WHEN '0' THEN 0
                WHEN 'false' THEN 0
            END AS passed,
            nullif(payload ->> '$.score.reason', '') AS score_reason,
            payload ->> '$.error' AS error,
            CAST(payload ->> '$.latency_ms' AS INTEGER) AS latency_ms
        FROM items
    )
SELECT
    samples.item_id,  -- Row in slice_items.
    samples.session_id,  -- Session in which the sample was executed.
    samples.sample_id,  -- Sample.
    samples.experiment,  -- Name of the experiment.
    CASE
        WHEN samples.error IS NOT NULL THEN 'error'
        WHEN samples.passed = 1 THEN 'passed'
        WHEN samples.passed = 0 THEN 'failed'
        ELSE 'unscored'
    END AS result,  -- How the sample ended: 'passed', 'failed' (scored, not passed), 'error' (with an exception) or
    -- 'unscored'.
    samples.score,  -- Score of the sample.
    CASE
        WHEN samples.error IS NOT NULL THEN samples.error
        WHEN samples.passed = 0 THEN coalesce(samples.score_reason, 'score ' || samples.score, '')
    END AS failure,  -- Why it failed: its error, what the evaluator said, or its score; NULL if it did not.
    CASE WHEN samples.latency_ms >= 0 THEN samples.latency_ms END AS latency_ms,  -- Milliseconds that the sample took,
    -- as the evaluation measured them; NULL if they are negative.
    nullif(snapshots.created_at, '') AS ended_at,  -- When the session was dumped, ISO 8601; NULL if unknown.
    artifacts.path,  -- Path of the file that holds the session.
    count(*) OVER (PARTITION BY samples.session_id) AS session_sample_count,  -- Number of samples in the session.
    artifacts.evaluation  -- Evaluation that the sample belongs to; NULL if it needs no name.
FROM samples
JOIN snapshots ON snapshots.id = samples.snapshot_id
JOIN artifacts ON artifacts.id = snapshots.artifact_id;
