CREATE TABLE artifacts (
    -- The ledger: one row for each file that was found, used or not, and for each member of a run's zip that is read like a file.
    id INTEGER PRIMARY KEY,  -- Position in the order of reading.
    path TEXT NOT NULL,  -- Path below the source directory, or as it was given; of a member, the zip's, an exclamation mark and its own.
    kind TEXT NOT NULL,  -- What its content is: 'snapshots', 'logs', 'transcript' (log records that stand in the log too), 'archive', 'run' (a run's zip) or 'unknown'.
    compression TEXT NOT NULL,  -- How it is packed: 'none', 'gzip' or 'zstd'.
    status TEXT NOT NULL,  -- 'imported', 'partial' (some of it could not be read) or 'skipped'.
    reason TEXT,  -- Why it was not read in full, or how it changed while it was read.
    size_bytes INTEGER NOT NULL,  -- Size on disk; of a member, unpacked.
    sha256 TEXT,  -- Hash of the file as it lies on disk; of a member, the one in the run's manifest, if its bytes have it.
    modified_at TEXT,  -- Time of its last change, ISO 8601 in UTC.
    record_count INTEGER NOT NULL,  -- Snapshots, log records, files or other members imported from it.
    problem_count INTEGER NOT NULL,  -- Rows in problems that tell of it.
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- Its bytes, kept whole because not all of its content could be read.
    container_id INTEGER REFERENCES artifacts(id),  -- The run's zip that it lies in; NULL for files.
    member INTEGER,  -- Its position in the directory of that zip, from 1; NULL for files.
    raw_path BLOB  -- The bytes of the path, where they are not UTF-8 and path shows them as escapes; else NULL.
);
