CREATE TABLE blob_chunks (
    -- The bytes of each blob, divided into chunks.
    sha256 TEXT NOT NULL REFERENCES blobs(sha256),  -- Blob the chunk belongs to. [rehash]
    seq INTEGER NOT NULL,  -- Position of the chunk in the blob, from 0. [keep]
    data BLOB NOT NULL,  -- A zstandard frame with a checksum: 1 MiB when decompressed, less in the last chunk. [text]
    PRIMARY KEY (sha256, seq)
);
