-- Files of an archive, or of one folder in it, in order of their paths.
SELECT
    id,
    path,
    size_bytes,
    sha256 IS NULL AS is_lost
FROM files
WHERE artifact_id = :archive AND path >= :first AND (:end = '' OR path < :end)
ORDER BY path, id
LIMIT :most;
