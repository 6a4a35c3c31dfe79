-- Give runs without metrics of their own the tokens that their session's prompts used.
UPDATE runs
SET
    input_tokens = used.input_tokens,
    output_tokens = used.output_tokens,
    cached_tokens = used.cached_tokens,
    total_tokens = used.total_tokens,
    prompt_count = used.prompt_count,
    tokens_source = 'events'
FROM (
    SELECT
        runs.id,
        sum(events.input_tokens) AS input_tokens,
        sum(events.output_tokens) AS output_tokens,
        sum(events.cached_tokens) AS cached_tokens,
        sum(events.total_tokens) AS total_tokens,
        count(*) AS prompt_count
    FROM runs
    JOIN prompt_events AS events ON events.session_id = runs.session_id
    WHERE runs.tokens_source IS NULL
        AND events.event_type = 'executed'
        AND utc(events.timestamp) >= coalesce(utc(runs.started_at), '')
        AND (utc(runs.ended_at) IS NULL OR utc(events.timestamp) <= utc(runs.ended_at))
    GROUP BY runs.id
) AS used
WHERE used.id = runs.id AND used.total_tokens IS NOT NULL;
