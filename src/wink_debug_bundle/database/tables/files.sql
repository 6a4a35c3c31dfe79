CREATE TABLE files (
    -- One row for each file of a filesystem archive, or of the filesystem in a run's zip.
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- Position in the bundle. [keep]
    archive_id TEXT NOT NULL,  -- Name of the zip without its ending: the library uses a UUID, for a run's zip a UUID
    -- and the time. [path]
    session_id TEXT REFERENCES sessions(session_id),  -- Session the archive belongs to, if its name, its folder or its
    -- run names one. [path]
    path TEXT NOT NULL,  -- Path of the file in the archive; in a run's zip, below its folder filesystem. [path]
    size_bytes INTEGER NOT NULL,  -- Size of the file in bytes; of one that could not be read, as the archive claims.
    -- [rehash]
    content TEXT,  -- Text of the file if it is UTF-8 and smaller than 1 MiB; other files have their bytes in blobs, and
    -- files that could not be read have none. [text]
    is_binary INTEGER NOT NULL DEFAULT 0,  -- 1 if the file is not UTF-8 text, whatever its size, else 0. [keep]
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Archive that contains the file. [keep]
    member INTEGER NOT NULL,  -- Position in the directory of the archive, from 1. [keep]
    sha256 TEXT,  -- SHA-256 of the file's bytes; if content is NULL, also their key in blobs. NULL if the file could
    -- not be read; problems says why. [rehash]
    modified_at TEXT,  -- When the file was modified, as the archive records it: local time of its writer, ISO 8601
    -- without a time zone. [keep]
    mode INTEGER  -- Unix file type and permission bits that the archive records; NULL if it has none. [keep]
);
