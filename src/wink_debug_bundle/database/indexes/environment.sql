-- Facts of a run.
CREATE INDEX idx_environment_run ON environment(run_id);
-- One fact in all runs.
CREATE INDEX idx_environment_fact ON environment(kind, name, value);
