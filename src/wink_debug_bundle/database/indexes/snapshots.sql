-- Snapshots of a session.
CREATE INDEX idx_snapshots_session ON snapshots(session_id);
