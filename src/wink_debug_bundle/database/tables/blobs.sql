CREATE TABLE blobs (
    -- Bytes that no text column holds; the same bytes are stored once.
    sha256 TEXT PRIMARY KEY,  -- Hash of the bytes, in hexadecimal.
    size_bytes INTEGER NOT NULL,  -- Number of bytes, uncompressed.
    chunk_count INTEGER NOT NULL  -- Number of rows in blob_chunks.
);
