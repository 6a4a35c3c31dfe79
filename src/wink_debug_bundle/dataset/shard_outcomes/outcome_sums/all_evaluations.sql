-- Evaluations of all shards, as the view evaluation_results has them.
SELECT
    evaluation,
    sum(runs) AS run_count,
    sum(passed) AS passed_count,
    sum(failed) AS failed_count,
    sum(errors) AS error_count,
    sum(unscored) AS unscored_count,
    round(100.0 * sum(passed) / nullif(sum(passed) + sum(failed) + sum(errors), 0), 1) AS pass_rate
FROM evaluations
GROUP BY evaluation
ORDER BY evaluation IS NULL, evaluation;
