-- Facts of a run.
CREATE INDEX idx_environment_run ON environment(run_id);
-- The same fact of every run.
CREATE INDEX idx_environment_fact ON environment(kind, name, value);
