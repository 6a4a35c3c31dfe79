-- How the runs of each evaluation ended; no rows if the only one has no name.
SELECT
    evaluation,
    runs,
    passed,
    failed,
    errors,
    unscored,
    pass_rate
FROM evaluation_results
WHERE EXISTS (SELECT 1 FROM artifacts WHERE artifacts.evaluation IS NOT NULL)
ORDER BY evaluation IS NULL, evaluation;
