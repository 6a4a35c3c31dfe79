-- Members of one artifact whose bytes changed: what is known of the new ones, and how much they grew.
SELECT member, CAST(content AS BLOB) AS content, sha256, size_bytes, NULL AS crc, growth
FROM files JOIN temp.changed_rows ON changed_rows.key = files.id AND table_name = 'files' AND has_text
WHERE artifact_id = :artifact
UNION ALL
SELECT member, CAST(content AS BLOB), sha256, size_bytes, NULL, growth
FROM run_members JOIN temp.changed_rows ON changed_rows.key = run_members.id AND table_name = 'run_members'
WHERE run_id = :artifact AND blob_sha256 IS NULL AND has_text
UNION ALL
SELECT member, NULL, new, size, crc, growth
FROM files JOIN temp.changed_bytes ON new = sha256
WHERE artifact_id = :artifact
UNION ALL
SELECT member, NULL, new, size, crc, growth
FROM run_members JOIN temp.changed_bytes ON new = blob_sha256
WHERE run_id = :artifact;
