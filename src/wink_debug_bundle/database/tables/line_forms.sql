CREATE TABLE line_forms (
    -- Lines that are not written as the library writes them: one row for each range of neighbours of one form. With it,
    -- the bytes of each line can be made again from its columns.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File that contains the lines. [keep]
    first INTEGER NOT NULL,  -- First line of the range, counted from 1. [keep]
    last INTEGER NOT NULL,  -- Last line of the range. [keep]
    style TEXT NOT NULL,  -- Where its spaces are and how its numbers look: 'library' (as the library writes), 'spaced'
    -- (a space after each comma and colon), 'compact' (without spaces), 'python' and 'python_compact' (the same, with
    -- exponents as Python writes them). [keep]
    is_ascii INTEGER NOT NULL,  -- 1 if characters beyond ASCII are escaped, else 0. [keep]
    line_end TEXT NOT NULL,  -- Spaces and carriage returns before the line feed; all that many equal blank lines have.
    -- [keep]
    key_order TEXT,  -- JSON array of the record's keys in their order; NULL if the usual ones come first, in their
    -- order. [path]
    PRIMARY KEY (artifact_id, first)
) WITHOUT ROWID;
