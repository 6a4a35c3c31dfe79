CREATE TABLE problems (
    -- What could not be read as it stood, with its place and its bytes.
    id INTEGER PRIMARY KEY,  -- Position in the bundle.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- File it stands in.
    line INTEGER,  -- Line, counted from 1; NULL for members and whole files.
    member TEXT,  -- Name of the archive's member; NULL for lines and whole files.
    offset INTEGER,  -- First byte of the line in the unpacked file, or of the member in its archive.
    kind TEXT NOT NULL,  -- 'malformed' (not JSON of the expected kind), 'too long' (a line that is kept unread), 'unreadable' (bytes could not be had), 'unrecognised' (a whole file), 'mismatch' (its bytes are not those that the run's manifest lists), 'missing' (listed there, and not in the zip) or 'expansion' (it would unpack to more than allowed).
    error TEXT NOT NULL,  -- What was wrong.
    raw BLOB,  -- The bytes as they stand in the file, where they could be had and are under 1 MiB.
    blob_sha256 TEXT REFERENCES blobs(sha256)  -- The bytes, where they are more or a member's; those are as they lie in the archive, header first.
);
