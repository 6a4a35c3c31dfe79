CREATE TABLE problems (
    -- What could not be imported as it was, with its place and its bytes.
    id INTEGER PRIMARY KEY,  -- Position in the bundle. [keep]
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Artifact that the problem is in. [keep]
    line INTEGER,  -- Line, or the first of many, counted from 1; NULL for members and whole files. [keep]
    member TEXT,  -- Name of the member of a zip; NULL for lines and whole files. [path]
    offset INTEGER,  -- First byte of the line in the decompressed file, or of the member in its archive; for a whole
    -- file, where reading stopped, if it began. [rehash]
    kind TEXT NOT NULL,  -- What kind of problem: 'malformed' (not JSON of the expected kind, or a name that is not
    -- UTF-8), 'too long' (a line that is kept, but was not read or only in part), 'unreadable' (bytes that are damaged
    -- or could not be read), 'unrecognised' (a file of unknown kind that is kept), 'mismatch' (bytes that do not match
    -- the checksum in the run's manifest), 'missing' (a member that the manifest lists, or the manifest itself, is not
    -- in the zip), 'expansion' (it would decompress to more than allowed) or 'conflict' (a member of a duplicate run
    -- that is not the same in the imported one). [keep]
    error TEXT NOT NULL,  -- What was wrong. [text]
    raw BLOB,  -- The bytes of a line, or of neighbouring lines, of at most 1 MiB, or of a name that is not UTF-8; else
    -- NULL. [text]
    blob_sha256 TEXT REFERENCES blobs(sha256),  -- The bytes of longer lines, of a member as it is in the archive with
    -- its header (in conflicts, decompressed), or of a whole file; NULL if there are none or raw holds them. [rehash]
    last_line INTEGER  -- Last of the lines, if the problem is about many neighbouring lines, whose bytes are kept
    -- together with the line ends between them; else NULL. [keep]
);
