-- Let references to bytes that changed name the new ones; those of files have a statement of their own.
UPDATE run_members SET
    size_bytes = (SELECT size FROM temp.changed_bytes WHERE old = blob_sha256),
    sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256),
    blob_sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256)
WHERE blob_sha256 IN (SELECT old FROM temp.changed_bytes);
UPDATE problems SET blob_sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256)
WHERE blob_sha256 IN (SELECT old FROM temp.changed_bytes);
