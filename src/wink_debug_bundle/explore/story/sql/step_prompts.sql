-- Read prompt events as steps. Parameter ids: a JSON array of rowids in prompt_events.
SELECT
    rowid AS id,
    timestamp,
    event_type,
    coalesce(prompt_name, prompt_key) AS prompt_name,
    coalesce(rendered_text, CASE WHEN json_valid(result) THEN result ->> '$.text' END) AS text,
    CASE WHEN json_valid(result) THEN result -> '$.output' ELSE result END AS output,
    input_tokens,
    output_tokens,
    cached_tokens
FROM prompt_events
WHERE rowid IN (SELECT value FROM json_each(:ids));
