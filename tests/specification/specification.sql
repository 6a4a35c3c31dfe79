-- The schema as the debug bundle specification gives it, word for word.

CREATE TABLE bundle_meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    bundle_id TEXT NOT NULL,           -- UUID
    created_at TEXT NOT NULL,          -- ISO 8601
    wink_version TEXT NOT NULL,        -- e.g., "0.1.0"
    schema_version INTEGER NOT NULL,   -- Schema version for migrations
    root_session_id TEXT,              -- Root session UUID
    source_directory TEXT,             -- Original artifact directory
    description TEXT,                  -- User-provided description
    tags TEXT                          -- JSON object of custom tags
);

CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    parent_session_id TEXT REFERENCES sessions(session_id),
    created_at TEXT NOT NULL,          -- ISO 8601
    tags TEXT                          -- JSON object of session tags
);

CREATE INDEX idx_sessions_parent ON sessions(parent_session_id);

CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT REFERENCES sessions(session_id),
    timestamp TEXT NOT NULL,           -- ISO 8601
    level TEXT NOT NULL,               -- DEBUG, INFO, WARNING, ERROR, CRITICAL
    logger TEXT NOT NULL,              -- Logger name
    event TEXT,                        -- Structured event name
    message TEXT NOT NULL,             -- Log message
    context TEXT                       -- JSON context payload
);

CREATE INDEX idx_logs_session ON logs(session_id);
CREATE INDEX idx_logs_level ON logs(level);
CREATE INDEX idx_logs_event ON logs(event);
CREATE INDEX idx_logs_timestamp ON logs(timestamp);

CREATE TABLE slice_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions(session_id),
    slice_type TEXT NOT NULL,          -- Qualified class name
    item_index INTEGER NOT NULL,       -- Position in slice
    item_type TEXT NOT NULL,           -- Qualified class name of item
    payload TEXT NOT NULL              -- JSON serialization
);

CREATE INDEX idx_slice_items_session ON slice_items(session_id);
CREATE INDEX idx_slice_items_type ON slice_items(slice_type);
CREATE INDEX idx_slice_items_item_type ON slice_items(item_type);

CREATE TABLE tool_invocations (
    event_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(session_id),
    prompt_name TEXT NOT NULL,
    adapter TEXT NOT NULL,
    tool_name TEXT NOT NULL,
    call_id TEXT,                      -- Provider's tool call ID
    timestamp TEXT NOT NULL,           -- ISO 8601
    params TEXT NOT NULL,              -- JSON params
    result_success INTEGER NOT NULL,   -- 0 or 1
    result_message TEXT,
    result_value TEXT,                 -- JSON if structured
    rendered_output TEXT,              -- Text returned to model
    input_tokens INTEGER,
    output_tokens INTEGER
);

CREATE INDEX idx_tools_session ON tool_invocations(session_id);
CREATE INDEX idx_tools_name ON tool_invocations(tool_name);
CREATE INDEX idx_tools_success ON tool_invocations(result_success);
CREATE INDEX idx_tools_timestamp ON tool_invocations(timestamp);

CREATE TABLE prompt_events (
    event_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(session_id),
    event_type TEXT NOT NULL,          -- 'rendered' or 'executed'
    prompt_ns TEXT,
    prompt_key TEXT,
    prompt_name TEXT,
    adapter TEXT NOT NULL,
    timestamp TEXT NOT NULL,           -- ISO 8601
    -- PromptRendered fields
    rendered_text TEXT,
    char_count INTEGER,
    tool_count INTEGER,
    tool_names TEXT,                   -- JSON array
    -- PromptExecuted fields
    result TEXT,                       -- JSON serialized output
    input_tokens INTEGER,
    output_tokens INTEGER,
    total_tokens INTEGER
);

CREATE INDEX idx_prompt_events_session ON prompt_events(session_id);
CREATE INDEX idx_prompt_events_type ON prompt_events(event_type);
CREATE INDEX idx_prompt_events_timestamp ON prompt_events(timestamp);

CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    archive_id TEXT NOT NULL,          -- UUID of source archive
    session_id TEXT REFERENCES sessions(session_id),
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    content TEXT,                      -- Text content (NULL for binary)
    is_binary INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX idx_files_session ON files(session_id);
CREATE INDEX idx_files_path ON files(path);
CREATE INDEX idx_files_archive ON files(archive_id);

-- Execution timeline combining prompt and tool events
CREATE VIEW execution_timeline AS
SELECT
    timestamp,
    'prompt_rendered' as event_type,
    prompt_name as name,
    session_id,
    char_count as detail,
    NULL as success
FROM prompt_events WHERE event_type = 'rendered'
UNION ALL
SELECT
    timestamp,
    'tool_invoked' as event_type,
    tool_name as name,
    session_id,
    NULL as detail,
    result_success as success
FROM tool_invocations
UNION ALL
SELECT
    timestamp,
    'prompt_executed' as event_type,
    prompt_name as name,
    session_id,
    total_tokens as detail,
    CASE WHEN result IS NOT NULL THEN 1 ELSE 0 END as success
FROM prompt_events WHERE event_type = 'executed'
ORDER BY timestamp;

-- Token usage summary per session
CREATE VIEW token_summary AS
SELECT
    session_id,
    SUM(input_tokens) as total_input_tokens,
    SUM(output_tokens) as total_output_tokens,
    SUM(total_tokens) as total_tokens,
    COUNT(*) as prompt_count
FROM prompt_events
WHERE event_type = 'executed'
GROUP BY session_id;

-- Tool success rates
CREATE VIEW tool_summary AS
SELECT
    session_id,
    tool_name,
    COUNT(*) as call_count,
    SUM(result_success) as success_count,
    ROUND(100.0 * SUM(result_success) / COUNT(*), 1) as success_rate
FROM tool_invocations
GROUP BY session_id, tool_name;

-- Errors and warnings from logs
CREATE VIEW error_log AS
SELECT
    timestamp,
    level,
    logger,
    event,
    message,
    json_extract(context, '$.error') as error_detail,
    session_id
FROM logs
WHERE level IN ('ERROR', 'WARNING', 'CRITICAL')
ORDER BY timestamp;
