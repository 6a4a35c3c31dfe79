-- Files of a session.
CREATE INDEX idx_files_session ON files(session_id);
-- Files of a path.
CREATE INDEX idx_files_path ON files(path);
-- Files of an archive.
CREATE INDEX idx_files_archive ON files(archive_id);
