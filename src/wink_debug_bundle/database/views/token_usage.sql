CREATE VIEW token_usage AS
-- Tokens, each counted once: sums over this view are the tokens of the bundle. There is a row for each run whose tokens
-- are known, and one for each executed prompt of a session that is not the root session of such a run.
SELECT
    runs.id AS run_id,  -- Row in runs; NULL outside of runs, and for the prompts of sessions below a run's root.
    runs.session_id,  -- The run's root session, or the session that executed the prompt.
    coalesce(runs.prompt_ns || '/', '') || runs.prompt_key AS prompt,  -- Namespace and key of the run's prompt, or the
    -- prompt's name.
    runs.adapter,  -- Provider adapter in use.
    (
        SELECT CASE WHEN min(entries.model) = max(entries.model) THEN min(entries.model) END
        FROM entries
        WHERE entries.run_id = runs.id AND entries.model IS NOT NULL
    ) AS model,  -- Model, if the transcript of the run or session names exactly one; else NULL.
    runs.input_tokens,  -- Input tokens.
    runs.output_tokens,  -- Output tokens.
    runs.cached_tokens,  -- Cached input tokens; NULL if they are not recorded, as in the log of a run that failed.
    runs.total_tokens,  -- Input and output tokens together.
    runs.prompt_count,  -- Number of prompts executed.
    runs.tokens_source AS source,  -- Where the numbers are from: a run's own 'metrics', PromptExecuted 'events' of
    -- sessions, or 'logs' of a run that failed.
    runs.started_at AS timestamp,  -- When the run started or the prompt was executed, ISO 8601.
    runs.evaluation  -- Evaluation that the run or session belongs to; NULL if it needs no name.
FROM runs
WHERE runs.total_tokens IS NOT NULL
UNION ALL
SELECT
    NULL,
    prompt_events.session_id,
    prompt_events.prompt_name,
    prompt_events.adapter,
    (
        SELECT CASE WHEN min(entries.model) = max(entries.model) THEN min(entries.model) END
        FROM entries
        WHERE entries.session_id = prompt_events.session_id AND entries.model IS NOT NULL
    ),
    prompt_events.input_tokens,
    prompt_events.output_tokens,
    prompt_events.cached_tokens,
    prompt_events.total_tokens,
    1,
    'events',
    prompt_events.timestamp,
    (SELECT sessions.evaluation FROM sessions WHERE sessions.session_id = prompt_events.session_id)
FROM prompt_events
WHERE prompt_events.event_type = 'executed'
    AND prompt_events.total_tokens IS NOT NULL
    AND prompt_events.session_id NOT IN (
        SELECT runs.session_id FROM runs WHERE runs.session_id IS NOT NULL AND runs.total_tokens IS NOT NULL
    );
