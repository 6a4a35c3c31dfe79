-- Entries of a run.
CREATE INDEX idx_entries_run ON entries(run_id);
-- Entries of a session.
CREATE INDEX idx_entries_session ON entries(session_id);
