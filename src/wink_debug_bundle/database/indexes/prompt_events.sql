-- Prompt events of a session.
CREATE INDEX idx_prompt_events_session ON prompt_events(session_id);
-- Prompt events of a type.
CREATE INDEX idx_prompt_events_type ON prompt_events(event_type);
-- Prompt events in order of time.
CREATE INDEX idx_prompt_events_timestamp ON prompt_events(timestamp);
