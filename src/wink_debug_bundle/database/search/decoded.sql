-- The text of a source's row, together with its JSON, whose escapes are decoded: a word that follows \n begins there.
SELECT
    row_id,
    run_id,
    session_id,
    tool_name,
    level,
    name,
    timestamp,
    CASE
        WHEN data IS NULL THEN text
        ELSE coalesce(text || ' ', '') || CASE WHEN json_valid(quoted) THEN quoted ->> '$' ELSE data END
    END AS text
FROM (
    SELECT
        *,
        -- The whole JSON as one JSON string: its quotes and backslashes become escapes. A text would end at a NUL.
        '"' || replace(
            replace(replace(replace(data, '\\', '\u005c'), '\u0000', ' '), '\"', '\u0022'), '"', '\u0022'
        ) || '"' AS quoted
    FROM ({source})
);
