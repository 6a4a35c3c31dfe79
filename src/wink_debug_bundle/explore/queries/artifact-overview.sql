-- What was the bundle built from?
-- Theme: import
-- Every file that was found: what it is, how much of it was imported, and why the rest was not.
SELECT path, kind, compression, status, record_count, problem_count, size_bytes, reason, modified_at
FROM artifacts
ORDER BY id;
