CREATE VIEW evaluation_results AS
-- Evaluations: how many of their runs, or samples that only sessions record, ended in which way, and the percentage that
-- passed. A bundle of one evaluation that has no label has one row, whose evaluation is NULL.
SELECT
    evaluation,  -- Evaluation; NULL for what belongs to none, or to the only one of the bundle.
    count(*) AS runs,  -- Number of runs and samples.
    count(*) FILTER (WHERE result = 'passed') AS passed,  -- Number of those that passed.
    count(*) FILTER (WHERE result = 'failed') AS failed,  -- Number of those that were scored and did not pass.
    count(*) FILTER (WHERE result = 'error') AS errors,  -- Number of those that ended with an exception.
    count(*) FILTER (WHERE result = 'unscored') AS unscored,  -- Number of those without a score.
    round(
        100.0 * count(*) FILTER (WHERE result = 'passed')
        / nullif(count(*) FILTER (WHERE result IN ('passed', 'failed', 'error')), 0),
        1
    ) AS pass_rate  -- Percentage that passed of those that were scored or ended with an exception.
FROM (
    SELECT
        evaluation,
        result
    FROM runs
    UNION ALL
    SELECT
        evaluation,
        result
    FROM session_samples
) AS executions
GROUP BY evaluation;
