-- Experiments of all shards, as the view experiment_results has them.
SELECT
    experiment,
    sum(samples) AS sample_count,
    sum(passed) AS passed_count,
    sum(failed) AS failed_count,
    sum(errors) AS error_count,
    sum(unscored) AS unscored_count,
    round(100.0 * sum(passed) / nullif(sum(passed) + sum(failed) + sum(errors), 0), 1) AS pass_rate,
    round(sum(score) / nullif(sum(scored), 0), 3) AS mean_score,
    sum(total_tokens) AS token_count,
    evaluation
FROM experiments
GROUP BY evaluation, experiment
ORDER BY evaluation, sample_count DESC, experiment;
