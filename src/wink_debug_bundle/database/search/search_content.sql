CREATE VIEW search_content AS
-- The texts of the search index, which holds their words alone.
SELECT
    search_rows.id,  -- Row in search_rows.
    {choice} AS text  -- The text, as in search_text.
FROM search_rows;
