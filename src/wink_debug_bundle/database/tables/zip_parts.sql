CREATE TABLE zip_parts (
    -- Bytes of a zip that belong to no member: its directory, and anything before or between the members. For the
    -- folder of a run, the list of its files as sha256sum prints it.
    artifact_id INTEGER NOT NULL REFERENCES artifacts(id),  -- The zip, or the folder. [keep]
    offset INTEGER NOT NULL,  -- First byte of the part in the file; for a list, the size of all files. [rehash]
    length INTEGER NOT NULL,  -- Number of bytes in the part; the last part is the directory and everything after it,
    -- unless the directory is lost. [rehash]
    blob_sha256 TEXT NOT NULL REFERENCES blobs(sha256),  -- The bytes. [rehash]
    PRIMARY KEY (artifact_id, offset)
) WITHOUT ROWID;
