-- One stored file, and the archive or run that holds it.
SELECT
    files.path,
    files.size_bytes,
    files.sha256,
    files.content IS NULL AS is_blob,
    files.is_binary,
    files.modified_at,
    files.artifact_id AS archive,
    artifacts.path AS archive_path,
    coalesce(runs.sample_id, runs.bundle_id) AS label
FROM files
JOIN artifacts ON artifacts.id = files.artifact_id
LEFT JOIN runs ON runs.id = files.artifact_id
WHERE files.id = :file;
