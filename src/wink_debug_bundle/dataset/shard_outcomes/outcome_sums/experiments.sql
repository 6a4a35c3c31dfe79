-- Experiments of each evaluation, those with the most samples first, with what their means are made of.
SELECT
    count(*) OVER () AS row_count,
    evaluation,
    experiment,
    count(*) AS samples,
    count(*) FILTER (WHERE result = 'passed') AS passed,
    count(*) FILTER (WHERE result = 'failed') AS failed,
    count(*) FILTER (WHERE result = 'error') AS errors,
    count(*) FILTER (WHERE result = 'unscored') AS unscored,
    round(sum(score), 9) AS score,  -- Releases of SQLite differ in the last digits of sums.
    count(score) AS scored,
    sum(total_tokens) AS total_tokens
FROM sample_results
GROUP BY evaluation, experiment
ORDER BY samples DESC, evaluation, experiment;
