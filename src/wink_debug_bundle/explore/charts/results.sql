-- Results by experiment
-- Runs of each evaluation and experiment that passed, failed, ended with an exception (error), or were not scored, as
-- outside of evaluations; and the percentage that passed, of those that were scored or ended with an exception.
WITH
    results AS (
        SELECT
            coalesce(evaluation || ': ', '') || coalesce(experiment, '(no experiment)') AS experiment,
            experiment IS NULL AS is_nameless,
            coalesce(result, 'unknown') AS result
        FROM runs
        UNION ALL
        SELECT
            coalesce(evaluation || ': ', '') || coalesce(experiment, '(no experiment)'),
            experiment IS NULL,
            result
        FROM session_samples
    ),
    counted AS (
        SELECT experiment, is_nameless, result, count(*) AS runs FROM results GROUP BY experiment, result
    ),
    placed AS (
        SELECT
            experiment,
            max(is_nameless) AS is_nameless,
            sum(runs) AS total,
            sum(runs) FILTER (WHERE result = 'passed') AS passed,
            sum(runs) FILTER (WHERE result IN ('passed', 'failed', 'error')) AS scored,
            row_number() OVER (ORDER BY sum(runs) DESC, experiment) AS place,
            count(*) OVER () AS experiments
        FROM counted
        GROUP BY experiment
    )
SELECT
    experiment,
    result,
    runs,
    total,
    CASE
        WHEN placed.passed IS NULL AND placed.is_nameless THEN ''
        ELSE coalesce(round(100.0 * coalesce(passed, 0) / scored, 1) || ' %', '')
    END AS label,
    CASE WHEN experiments > 12 THEN (experiments - 12) || ' more experiments are not shown.' END AS note
FROM placed
JOIN counted USING (experiment)
WHERE place <= 12
ORDER BY place, result;
