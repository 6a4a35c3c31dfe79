-- Problems of an artifact.
CREATE INDEX idx_problems_artifact ON problems(artifact_id);
