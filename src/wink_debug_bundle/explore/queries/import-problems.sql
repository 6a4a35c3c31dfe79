-- What could not be read?
-- Theme: import
-- Lines, members and files that were not imported, with their place and the reason. Their bytes are kept; see the table
-- problems.
SELECT
    artifacts.path AS artifact,
    problems.line,
    problems.last_line,
    problems.member,
    problems.kind,
    problems.error,
    coalesce(length(problems.raw), blobs.size_bytes) AS kept_bytes,
    problems.id AS problem_id
FROM problems
JOIN artifacts ON artifacts.id = problems.artifact_id
LEFT JOIN blobs ON blobs.sha256 = problems.blob_sha256
ORDER BY problems.id;
