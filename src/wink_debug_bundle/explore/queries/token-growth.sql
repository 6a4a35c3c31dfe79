-- How does the context grow from turn to turn?
-- Theme: tokens
-- Tokens of each turn of the main agent, in each evaluation.
-- :run  Number of a run, as in runs.id, or its sample, session or bundle id; if empty, all runs of each evaluation.
SELECT
    coalesce(runs.evaluation, sessions.evaluation) AS evaluation,
    turn,
    count(*) AS turn_count,
    CAST(round(avg(turn_tokens.context_tokens)) AS INTEGER) AS mean_context_tokens,
    max(turn_tokens.context_tokens) AS max_context_tokens,
    CAST(round(avg(turn_tokens.growth)) AS INTEGER) AS mean_growth,
    max(turn_tokens.growth) AS max_growth,
    CAST(round(avg(turn_tokens.cached_tokens)) AS INTEGER) AS mean_cached_tokens,
    CAST(round(avg(turn_tokens.output_tokens)) AS INTEGER) AS mean_output_tokens
FROM turn_tokens
LEFT JOIN runs ON runs.id = turn_tokens.run_id
LEFT JOIN sessions ON sessions.session_id = turn_tokens.session_id
WHERE turn_tokens.source = 'main'
    AND (
        coalesce(:run, '') = ''
        OR CAST(:run AS TEXT) IN (
            CAST(turn_tokens.run_id AS TEXT), runs.sample_id, turn_tokens.session_id, runs.bundle_id
        )
    )
GROUP BY coalesce(runs.evaluation, sessions.evaluation), turn
ORDER BY evaluation, turn;
