-- Delete the bytes that only rows that were left out refer to.
DELETE FROM blobs
WHERE sha256 NOT IN (
        SELECT sha256 FROM files WHERE content IS NULL AND sha256 IS NOT NULL
        UNION
        SELECT blob_sha256 FROM run_members WHERE blob_sha256 IS NOT NULL
        UNION
        SELECT blob_sha256 FROM problems WHERE blob_sha256 IS NOT NULL
        UNION
        SELECT blob_sha256 FROM raw_records WHERE blob_sha256 IS NOT NULL
        UNION
        SELECT blob_sha256 FROM zip_parts
    );

DELETE FROM blob_chunks WHERE sha256 NOT IN (SELECT sha256 FROM blobs);
