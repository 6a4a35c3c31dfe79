-- Remove blobs that nothing refers to any more.
DELETE FROM blobs WHERE sha256 IN (
        SELECT sha256 FROM blobs
        EXCEPT
        SELECT sha256 FROM files WHERE content IS NULL
        EXCEPT
        SELECT blob_sha256 FROM run_members
        EXCEPT
        SELECT blob_sha256 FROM problems
        EXCEPT
        SELECT blob_sha256 FROM raw_records
        EXCEPT
        SELECT blob_sha256 FROM zip_parts
    );
DELETE FROM blob_chunks WHERE sha256 NOT IN (SELECT sha256 FROM blobs);
