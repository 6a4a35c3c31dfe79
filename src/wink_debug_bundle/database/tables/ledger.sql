CREATE TABLE ledger (
    -- What became of every line and member: one row for each range of neighbours with the same status.
    id INTEGER PRIMARY KEY,  -- Position in the bundle. [keep]
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- Artifact that contains the range. [keep]
    first INTEGER NOT NULL,  -- First line or member of the range, counted from 1; 0 for bytes of an archive that belong
    -- to no member. A file kept whole counts as one line. [keep]
    last INTEGER NOT NULL,  -- Last line or member of the range. [keep]
    offset INTEGER NOT NULL,  -- First byte of the range: for lines, in the decompressed file; for members, of the first
    -- header in the archive. [rehash]
    length INTEGER NOT NULL,  -- Number of bytes in the range: for lines, with line ends; for members, as they are in
    -- the archive, with headers. [rehash]
    status TEXT NOT NULL,  -- What became of it: 'imported', 'malformed' (no valid record), 'unreadable' (the bytes are
    -- damaged or could not be read), 'skipped' (see reason), 'blank' (an empty line), 'duplicate' (imported elsewhere),
    -- 'own_artifact' (a member with its own row in artifacts) or 'container' (an archive's own bytes, kept in
    -- zip_parts). [keep]
    reason TEXT  -- Why it was skipped, where it is imported, or another remark; else NULL. [path]
);
