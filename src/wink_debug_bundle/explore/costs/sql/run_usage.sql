-- Tokens of each run, and of each executed prompt outside of runs, as token_usage counts them. cached_apart is 1 if
-- input_tokens leave out those that were read from the cache: the SDK of Claude counts so, and there may be more of them.
WITH
    session_experiments AS (
        SELECT
            session_id,
            min(experiment) AS experiment
        FROM session_samples
        GROUP BY session_id
    )
SELECT
    token_usage.run_id,
    token_usage.session_id,
    coalesce(runs.experiment, session_experiments.experiment) AS experiment,
    token_usage.model,
    CAST(coalesce(token_usage.input_tokens, 0) AS INTEGER) AS input_tokens,
    CAST(coalesce(token_usage.cached_tokens, 0) AS INTEGER) AS cached_tokens,
    CAST(coalesce(token_usage.output_tokens, 0) AS INTEGER) AS output_tokens,
    token_usage.adapter = 'claude_agent_sdk' OR token_usage.cached_tokens > token_usage.input_tokens AS cached_apart,
    token_usage.timestamp,
    token_usage.evaluation
FROM token_usage
LEFT JOIN runs ON runs.id = token_usage.run_id
LEFT JOIN session_experiments ON session_experiments.session_id = token_usage.session_id AND token_usage.run_id IS NULL
ORDER BY token_usage.run_id IS NULL, token_usage.run_id, token_usage.session_id, token_usage.timestamp;
