-- Read the words of prompts and their results. Parameter ids: a JSON array of rowids in prompt_events.
SELECT
    rowid AS id,
    coalesce(
        rendered_text,
        CASE WHEN json_valid(result) THEN result ->> '$.text' END,
        CASE WHEN json_valid(result) THEN nullif(CAST(result -> '$.output' AS TEXT), 'null') ELSE result END
    ) AS text
FROM prompt_events
WHERE rowid IN (SELECT value FROM json_each(:ids));
