CREATE TABLE raw_records (
    -- Records that were imported but whose columns cannot say all of them: the source's own text.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File the record stands in.
    line INTEGER NOT NULL,  -- Its line in that file, counted from 1.
    reason TEXT NOT NULL,  -- What the columns cannot say.
    raw BLOB NOT NULL,  -- The line as it stands in the file.
    PRIMARY KEY (artifact_id, line)
) WITHOUT ROWID;
