-- Ranges of an artifact.
CREATE INDEX idx_ledger_artifact ON ledger(artifact_id);
