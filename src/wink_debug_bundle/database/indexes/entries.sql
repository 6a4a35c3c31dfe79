-- Entries of a run.
CREATE INDEX idx_entries_run ON entries(run_id);
-- Entries of a session.
CREATE INDEX idx_entries_session ON entries(session_id);
-- Models of a run.
CREATE INDEX idx_entries_run_model ON entries(run_id, model) WHERE model IS NOT NULL;
-- Models of a session.
CREATE INDEX idx_entries_session_model ON entries(session_id, model) WHERE model IS NOT NULL;
