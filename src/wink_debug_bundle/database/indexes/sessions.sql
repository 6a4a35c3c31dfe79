-- Children of a session.
CREATE INDEX idx_sessions_parent ON sessions(parent_session_id);
-- Sessions below one parent, and roots, in the order in which they are listed.
CREATE INDEX idx_sessions_order ON sessions(parent_session_id, source DESC, created_at, session_id);
