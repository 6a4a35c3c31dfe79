CREATE TABLE files (
    -- One row for each file of each filesystem archive, and of the filesystem that a run's zip holds.
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Position in the bundle.
    archive_id TEXT NOT NULL,  -- Name of the zip without its ending: a UUID as the library writes it, of a run's zip with its time.
    session_id TEXT REFERENCES sessions(session_id),  -- Session the archive belongs to, where its name or its folder tells.
    path TEXT NOT NULL,  -- Path of the file in the archive.
    size_bytes INTEGER NOT NULL,  -- Size of the file.
    content TEXT,  -- The file's text, if it is UTF-8 and under 1 MiB; everything else is in blobs.
    is_binary INTEGER NOT NULL DEFAULT 0,  -- 1 if the file is not UTF-8 text, whatever its size.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Archive the file stands in.
    member INTEGER NOT NULL,  -- Position in the archive's directory, from 1.
    sha256 TEXT NOT NULL,  -- Hash of the file's bytes; where content is NULL, also its key in blobs.
    modified_at TEXT,  -- Time of change that the archive records: local time of its writer, ISO 8601 without a zone.
    mode INTEGER  -- Unix permission bits and file type that the archive records; NULL if it has none.
);
