-- Token usage by prompt
-- Theme: tokens
-- How often each prompt was rendered and executed, its mean size in characters, and the tokens it used; the most tokens
-- first.
SELECT
    prompt_name,
    sum(event_type = 'rendered') AS rendered_count,
    sum(event_type = 'executed') AS executed_count,
    CAST(round(avg(char_count)) AS INTEGER) AS average_characters,
    sum(input_tokens) AS input_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(output_tokens) AS output_tokens,
    sum(total_tokens) AS total_tokens
FROM prompt_events
GROUP BY prompt_name
ORDER BY sum(total_tokens) DESC, prompt_name;
