CREATE TABLE raw_records (
    -- Source text of lines that were imported but do not fit into the columns completely, or not as they were written.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File that contains the line. [keep]
    line INTEGER NOT NULL,  -- Its number in that file, counted from 1. [keep]
    reason TEXT NOT NULL,  -- What does not fit into the columns. [path]
    raw BLOB,  -- The line as it is in the file; NULL if it is in a blob. [text]
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- The bytes of a long line, which has thousands of rows; else NULL.
    -- [rehash]
    PRIMARY KEY (artifact_id, line)
) WITHOUT ROWID;
