-- What was the bundle made of?
-- Every file that was found, what it is, what was imported from it and what was not.
SELECT path, kind, compression, status, record_count, problem_count, size_bytes, reason, modified_at
FROM artifacts
ORDER BY id;
