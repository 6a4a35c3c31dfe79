-- Let every reference to bytes that changed name the new ones.
UPDATE file_entries SET
    size_bytes = (SELECT size FROM temp.changed_bytes WHERE old = sha256),
    sha256 = (SELECT new FROM temp.changed_bytes WHERE old = sha256)
WHERE sha256 IN (SELECT old FROM temp.changed_bytes);
UPDATE run_members SET
    size_bytes = (SELECT size FROM temp.changed_bytes WHERE old = blob_sha256),
    sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256),
    blob_sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256)
WHERE blob_sha256 IN (SELECT old FROM temp.changed_bytes);
UPDATE problems SET blob_sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256)
WHERE blob_sha256 IN (SELECT old FROM temp.changed_bytes);
