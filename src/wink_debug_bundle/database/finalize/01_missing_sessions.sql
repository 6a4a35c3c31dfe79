-- Add parents that no snapshot, log or path names, so that every reference holds.
INSERT OR IGNORE INTO sessions (session_id, parent_session_id, created_at, tags, source)
SELECT DISTINCT parent_session_id, NULL, '', NULL, 'reference'
FROM sessions
WHERE parent_session_id IS NOT NULL;
