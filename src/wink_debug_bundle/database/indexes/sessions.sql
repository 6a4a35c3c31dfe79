-- Children of a session.
CREATE INDEX idx_sessions_parent ON sessions(parent_session_id);
