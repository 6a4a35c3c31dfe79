CREATE TABLE search_kinds (
    -- What the search index holds: one row for each kind of text that is in it. A bundle without an index has no such
    -- table.
    kind TEXT PRIMARY KEY,  -- Kind of text, as in search_text.
    row_count INTEGER NOT NULL  -- Number of texts of the kind.
) WITHOUT ROWID;
