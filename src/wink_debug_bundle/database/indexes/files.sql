-- Files of a session.
CREATE INDEX idx_files_session ON files(session_id);
-- Files of a path.
CREATE INDEX idx_files_path ON files(path);
-- Files of an archive.
CREATE INDEX idx_files_archive ON files(archive_id);
-- Files of an archive or a run, in order of their paths.
CREATE INDEX idx_files_artifact ON files(artifact_id, path);
-- Files with the same bytes.
CREATE INDEX idx_files_bytes ON files(sha256) WHERE sha256 IS NOT NULL;
