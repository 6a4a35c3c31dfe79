-- Other files with the path or with the bytes of one file, those with its bytes first.
SELECT
    files.id,
    files.path,
    files.size_bytes,
    files.sha256 IS :sha256 AS has_same_bytes,
    files.artifact_id AS archive,
    artifacts.path AS archive_path,
    coalesce(runs.sample_id, runs.bundle_id) AS label
FROM (
    SELECT id FROM (SELECT id FROM files WHERE path = :path LIMIT :most)
    UNION
    SELECT id FROM (SELECT id FROM files WHERE sha256 = :sha256 LIMIT :most)
) AS found
JOIN files ON files.id = found.id
JOIN artifacts ON artifacts.id = files.artifact_id
LEFT JOIN runs ON runs.id = files.artifact_id
WHERE files.id != :file
ORDER BY has_same_bytes DESC, files.id
LIMIT :most;
