-- Members of a run.
CREATE INDEX idx_run_members_run ON run_members(run_id);
-- One member in all runs.
CREATE INDEX idx_run_members_path ON run_members(path);
