CREATE TABLE file_entries (
    -- The files of a bundle that shares their text: one row for each row of the view files, which shows the text as well.
    -- A bundle that does not share text has the table files instead.
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Position in the bundle.
    archive_id TEXT NOT NULL,  -- Name of the zip without its ending: the library uses a UUID, for a run's zip a UUID
    -- and the time.
    session_id TEXT REFERENCES sessions(session_id),  -- Session the archive belongs to, if its name, its folder or its
    -- run names one.
    path TEXT NOT NULL,  -- Path of the file in the archive; in a run's zip, below its folder filesystem.
    size_bytes INTEGER NOT NULL,  -- Size of the file in bytes; of one that could not be read, as the archive claims.
    is_binary INTEGER NOT NULL DEFAULT 0,  -- 1 if the file is not UTF-8 text, whatever its size, else 0.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Archive that contains the file.
    member INTEGER NOT NULL,  -- Position in the directory of the archive, from 1.
    sha256 TEXT,  -- SHA-256 of the file's bytes, which is their key in texts or, if they are not there, in blobs. NULL if
    -- the file could not be read; problems says why.
    modified_at TEXT,  -- When the file was modified, as the archive records it: local time of its writer, ISO 8601
    -- without a time zone.
    mode INTEGER  -- Unix file type and permission bits that the archive records; NULL if it has none.
);
