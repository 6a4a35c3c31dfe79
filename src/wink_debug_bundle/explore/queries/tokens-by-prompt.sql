-- Token usage by prompt
-- How often each prompt was rendered and executed, its mean size in characters, and the tokens it used; the most tokens first.
SELECT
    prompt_name,
    SUM(event_type = 'rendered') AS rendered_count,
    SUM(event_type = 'executed') AS executed_count,
    CAST(ROUND(AVG(char_count)) AS INTEGER) AS average_characters,
    SUM(input_tokens) AS input_tokens,
    SUM(cached_tokens) AS cached_tokens,
    SUM(output_tokens) AS output_tokens,
    SUM(total_tokens) AS total_tokens
FROM prompt_events
GROUP BY prompt_name
ORDER BY SUM(total_tokens) DESC, prompt_name;
