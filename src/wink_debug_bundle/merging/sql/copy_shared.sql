-- Copy the rows with keys that mean the same in every bundle, each once.
INSERT OR IGNORE INTO main.sessions (session_id, parent_session_id, created_at, tags, source)
SELECT
    session_id,
    CASE
        WHEN source = 'snapshot' AND parent_session_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM source.snapshots AS held
                WHERE held.session_id = known.session_id AND json_type(held.envelope, '$.parent_id') IS NOT NULL
            ) THEN ''
        ELSE parent_session_id
    END,
    created_at,
    tags,
    source
FROM source.sessions AS known
ORDER BY rowid;

INSERT OR IGNORE INTO main.times (time, utc)
SELECT time, utc FROM source.times ORDER BY rowid;

INSERT INTO main.blob_chunks (sha256, seq, data)
SELECT sha256, seq, data FROM source.blob_chunks
WHERE sha256 NOT IN (SELECT sha256 FROM main.blobs)
ORDER BY rowid;

INSERT OR IGNORE INTO main.blobs (sha256, size_bytes, chunk_count)
SELECT sha256, size_bytes, chunk_count FROM source.blobs ORDER BY rowid;
