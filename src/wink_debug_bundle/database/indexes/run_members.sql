-- Members of a run.
CREATE INDEX idx_run_members_run ON run_members(run_id);
-- The same member of every run.
CREATE INDEX idx_run_members_path ON run_members(path);
