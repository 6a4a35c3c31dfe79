-- Token usage by prompt
-- Theme: tokens
-- How often each prompt was rendered and executed in each evaluation, its mean size in characters, and the tokens that it
-- used; the most tokens first.
SELECT
    sessions.evaluation,
    prompt_events.prompt_name,
    sum(prompt_events.event_type = 'rendered') AS rendered_count,
    sum(prompt_events.event_type = 'executed') AS executed_count,
    CAST(round(avg(prompt_events.char_count)) AS INTEGER) AS average_characters,
    sum(prompt_events.input_tokens) AS input_tokens,
    sum(prompt_events.cached_tokens) AS cached_tokens,
    sum(prompt_events.output_tokens) AS output_tokens,
    sum(prompt_events.total_tokens) AS total_tokens
FROM prompt_events
LEFT JOIN sessions ON sessions.session_id = prompt_events.session_id
GROUP BY sessions.evaluation, prompt_events.prompt_name
ORDER BY sessions.evaluation, sum(prompt_events.total_tokens) DESC, prompt_events.prompt_name;
