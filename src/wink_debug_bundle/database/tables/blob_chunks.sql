CREATE TABLE blob_chunks (
    -- The bytes of a blob, cut into chunks.
    sha256 TEXT NOT NULL REFERENCES blobs(sha256),  -- Blob the chunk belongs to.
    seq INTEGER NOT NULL,  -- Position of the chunk, from 0.
    data BLOB NOT NULL,  -- One zstandard frame with a checksum.
    PRIMARY KEY (sha256, seq)
);
