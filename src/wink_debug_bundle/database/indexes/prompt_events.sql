-- Prompt events of a session.
CREATE INDEX idx_prompt_events_session ON prompt_events(session_id);
-- Rendered or executed.
CREATE INDEX idx_prompt_events_type ON prompt_events(event_type);
-- Prompt events in the order of time.
CREATE INDEX idx_prompt_events_timestamp ON prompt_events(timestamp);
