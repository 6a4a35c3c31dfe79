CREATE TABLE search_rows (
    -- What each text of the search index is: one row for each text, the most telling kinds first.
    id INTEGER PRIMARY KEY,  -- Row in search_index.
    kind TEXT NOT NULL,  -- Kind of text, as in search_text.
    row_id BLOB NOT NULL,  -- Key of the row, as in search_text: a number or a text.
    run_id INTEGER  -- Run it belongs to; NULL outside of runs.
);
