-- Calls of a session.
CREATE INDEX idx_tools_session ON tool_invocations(session_id);
-- Calls of a tool.
CREATE INDEX idx_tools_name ON tool_invocations(tool_name);
-- Calls that succeeded or failed.
CREATE INDEX idx_tools_success ON tool_invocations(result_success);
-- Calls in order of time.
CREATE INDEX idx_tools_timestamp ON tool_invocations(timestamp);
