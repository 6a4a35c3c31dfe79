-- Failures of a run.
CREATE INDEX idx_failures_run ON failures(run_id);
-- Failures of one cause.
CREATE INDEX idx_failures_signature ON failures(kind, name, signature);
-- Failures of a session.
CREATE INDEX idx_failures_session ON failures(session_id);
