CREATE TABLE blobs (
    -- Bytes that no text column can hold; equal bytes are stored once.
    sha256 TEXT PRIMARY KEY,  -- SHA-256 of the bytes, in hexadecimal. [rehash]
    size_bytes INTEGER NOT NULL,  -- Number of bytes when decompressed. [rehash]
    chunk_count INTEGER NOT NULL  -- Number of rows in blob_chunks. [rehash]
);
