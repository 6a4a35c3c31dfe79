CREATE TABLE artifacts (
    -- The ledger: one row for each file that was found, used or not.
    id INTEGER PRIMARY KEY,  -- Position in the order of reading.
    path TEXT NOT NULL,  -- Path below the source directory, or as it was given.
    kind TEXT NOT NULL,  -- What its content is: 'snapshots', 'logs', 'archive' or 'unknown'.
    compression TEXT NOT NULL,  -- How it is packed: 'none', 'gzip' or 'zstd'.
    status TEXT NOT NULL,  -- 'imported', 'partial' (some of it could not be read) or 'skipped'.
    reason TEXT,  -- Why it was not read in full.
    size_bytes INTEGER NOT NULL,  -- Size on disk.
    sha256 TEXT,  -- Hash of the file as it lies on disk.
    modified_at TEXT,  -- Time of its last change, ISO 8601 in UTC.
    record_count INTEGER NOT NULL,  -- Snapshots, log records or files imported from it.
    problem_count INTEGER NOT NULL,  -- Rows in problems that tell of it.
    blob_sha256 TEXT REFERENCES blobs(sha256)  -- Its bytes, kept whole because its content was not recognised.
);
