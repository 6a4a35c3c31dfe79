-- Calls of a run.
CREATE INDEX idx_calls_run ON calls(run_id);
-- Calls of a session.
CREATE INDEX idx_calls_session ON calls(session_id);
-- Calls of a tool, by outcome.
CREATE INDEX idx_calls_tool ON calls(tool_name, outcome);
-- The call of an event.
CREATE INDEX idx_calls_event ON calls(event_id) WHERE event_id IS NOT NULL;
-- The call that an entry requests.
CREATE INDEX idx_calls_use ON calls(use_entry_id) WHERE use_entry_id IS NOT NULL;
-- The call that an entry answers.
CREATE INDEX idx_calls_result ON calls(result_entry_id) WHERE result_entry_id IS NOT NULL;
