-- Runs of a session.
CREATE INDEX idx_runs_session ON runs(session_id);
-- Runs of a sample.
CREATE INDEX idx_runs_sample ON runs(sample_id);
