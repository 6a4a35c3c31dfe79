CREATE TABLE artifacts (
    -- One row for each entry that was found, imported or not: files, links, pipes, folders that were not read, runs in
    -- folders. Also one for each artifact inside a zip of artifacts, and for each member of a run that is read like a
    -- file.
    id INTEGER PRIMARY KEY,  -- Position in the order of reading. [keep]
    path TEXT NOT NULL,  -- Path below the source directory, or as it was given; for a member, the zip's path, an
    -- exclamation mark and the member's path. [path]
    kind TEXT NOT NULL,  -- What the content is: 'snapshots', 'logs', 'transcript' (log records, most of them copies
    -- from the run's log), 'archive' (a zip of an agent's files, or of artifacts), 'run' (the zip or folder of one run)
    -- or 'unknown'. [keep]
    compression TEXT NOT NULL,  -- How the whole file is compressed: 'none', 'gzip', 'zstd' or 'xz'. [keep]
    status TEXT NOT NULL,  -- How much was imported: 'imported' (everything), 'partial' (see problems), 'skipped'
    -- (nothing; see reason) or 'duplicate' (nothing, because original_id has the same). A skipped one without problems
    -- is not an artifact, and is only listed. [keep]
    reason TEXT,  -- Why it was not read, how it changed during the build, or another remark; else NULL. [path]
    size_bytes INTEGER NOT NULL,  -- Size on disk in bytes, 0 for what is not a file; for a member, its decompressed
    -- size. [rehash]
    sha256 TEXT,  -- SHA-256 of the file as it is on disk; for a member, the hash in the run's manifest if the bytes
    -- match it; for a folder, that of what sha256sum prints for its files, sorted by the bytes of their paths below the
    -- folder. NULL if unknown. [rehash]
    modified_at TEXT,  -- When the file was last modified, ISO 8601 in UTC; for a member, the time of its zip. [keep]
    record_count INTEGER NOT NULL,  -- Number of snapshots, log records, files or other members imported from it. [keep]
    problem_count INTEGER NOT NULL,  -- Number of rows in problems about it. [keep]
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- Its bytes as they are on disk, kept whole because not all of it could
    -- be read, or because files that are no artifacts were to be kept; else NULL. [rehash]
    container_id INTEGER REFERENCES artifacts(id),  -- The run that contains it; NULL for files. [keep]
    member INTEGER,  -- Its position in the directory of the run's zip, or in its folder, from 1; NULL for files. [keep]
    raw_path BLOB,  -- The bytes of the path if they are not UTF-8 and path shows them as escapes; else NULL. [path]
    is_exact INTEGER NOT NULL DEFAULT 0,  -- 1 if sha256 is that of its lines, and the bundle holds them byte for byte;
    -- else 0. [rehash]
    is_folder INTEGER NOT NULL DEFAULT 0,  -- 1 if it is a run whose members are the files of a folder, on disk or in a
    -- zip, else 0. [keep]
    archive_id INTEGER REFERENCES artifacts(id),  -- The zip of artifacts that it is in; NULL for files on disk and for
    -- members of runs. [keep]
    archive_member INTEGER,  -- Its position in the directory of that zip, from 1; NULL for a folder. [keep]
    original_id INTEGER REFERENCES artifacts(id),  -- The artifact that is imported in its place; NULL if it is imported
    -- itself. [keep]
    evaluation TEXT  -- Evaluation that it belongs to: the label of its folder (create --label), else the folder that
    -- tells evaluations of the same samples, or of different experiments, apart; NULL if it needs no name, because the
    -- bundle has one evaluation or the artifact belongs to none. [path]
);
