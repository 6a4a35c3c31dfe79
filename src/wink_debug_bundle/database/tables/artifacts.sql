CREATE TABLE artifacts (
    -- One row for each entry that was found, imported or not: files, links, pipes, folders that were not read. Also one
    -- for each member of a run's zip that is read like a file.
    id INTEGER PRIMARY KEY,  -- Position in the order of reading.
    path TEXT NOT NULL,  -- Path below the source directory, or as it was given; for a member, the zip's path, an
    -- exclamation mark and the member's path.
    kind TEXT NOT NULL,  -- What the content is: 'snapshots', 'logs', 'transcript' (log records, most of them copies
    -- from the run's log), 'archive' (a zip of an agent's files), 'run' (the zip of one run) or 'unknown'.
    compression TEXT NOT NULL,  -- How the whole file is compressed: 'none', 'gzip', 'zstd' or 'xz'.
    status TEXT NOT NULL,  -- How much was imported: 'imported' (everything), 'partial' (see problems) or 'skipped'
    -- (nothing; see reason). A skipped one without problems is not an artifact, and is only listed.
    reason TEXT,  -- Why it was not read, or how it changed during the build; else NULL.
    size_bytes INTEGER NOT NULL,  -- Size on disk in bytes, 0 for what is not a file; for a member, its decompressed
    -- size.
    sha256 TEXT,  -- SHA-256 of the file as it is on disk; for a member, the hash in the run's manifest if the bytes
    -- match it. NULL if unknown.
    modified_at TEXT,  -- When the file was last modified, ISO 8601 in UTC; for a member, the time of its zip.
    record_count INTEGER NOT NULL,  -- Number of snapshots, log records, files or other members imported from it.
    problem_count INTEGER NOT NULL,  -- Number of rows in problems about it.
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- Its bytes as they are on disk, kept whole because not all of it could
    -- be read, or because files that are no artifacts were to be kept; else NULL.
    container_id INTEGER REFERENCES artifacts(id),  -- The run's zip that contains it; NULL for files.
    member INTEGER,  -- Its position in the directory of that zip, from 1; NULL for files.
    raw_path BLOB,  -- The bytes of the path if they are not UTF-8 and path shows them as escapes; else NULL.
    is_exact INTEGER NOT NULL DEFAULT 0  -- 1 if sha256 is that of its lines, and the bundle holds them byte for byte;
    -- else 0.
);
