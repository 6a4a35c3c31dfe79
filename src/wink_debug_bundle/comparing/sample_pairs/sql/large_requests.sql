-- The requests that are too large for a column, and so are blobs. Parameter: most, a limit.
SELECT
    run_id,
    blob_sha256,
    size_bytes
FROM run_members
WHERE path = 'request/input.json' AND content IS NULL AND blob_sha256 IS NOT NULL
LIMIT :most;
