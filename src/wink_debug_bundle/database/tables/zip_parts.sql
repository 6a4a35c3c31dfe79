CREATE TABLE zip_parts (
    -- What of a zip's file is no member: its directory, and whatever stands before or between its members.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- The zip.
    offset INTEGER NOT NULL,  -- First byte of the part in the file.
    length INTEGER NOT NULL,  -- Bytes in the part; the last part of a zip is its directory, with the end that tells of it.
    blob_sha256 TEXT NOT NULL REFERENCES blobs(sha256),  -- The bytes.
    PRIMARY KEY (artifact_id, offset)
) WITHOUT ROWID;
