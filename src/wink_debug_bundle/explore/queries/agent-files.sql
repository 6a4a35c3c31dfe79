-- Files created by the agent
-- Theme: files
-- Every file of every filesystem archive, sorted by path.
SELECT path, size_bytes, is_binary, archive_id, session_id, id AS file_id
FROM files
ORDER BY path, id;
