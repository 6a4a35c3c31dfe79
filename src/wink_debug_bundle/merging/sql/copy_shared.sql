-- Copy the rows with keys that mean the same in every bundle, each once; sessions are copied by themselves.
INSERT OR IGNORE INTO main.times (time, utc)
SELECT time, utc FROM source.times ORDER BY rowid;

INSERT INTO main.blob_chunks (sha256, seq, data)
SELECT sha256, seq, data FROM source.blob_chunks
WHERE sha256 NOT IN (SELECT sha256 FROM main.blobs)
ORDER BY rowid;

INSERT OR IGNORE INTO main.blobs (sha256, size_bytes, chunk_count)
SELECT sha256, size_bytes, chunk_count FROM source.blobs ORDER BY rowid;
