CREATE TABLE runs (
    -- One row for each run for which the library wrote a zip: its request, how it ended and what it used. Columns are
    -- NULL if the zip does not give their value.
    id INTEGER PRIMARY KEY REFERENCES artifacts(id),  -- The run's zip in artifacts; other tables call it run_id. [keep]
    bundle_id TEXT,  -- Id in the manifest: that of the execution, or a random one in an evaluation. [path]
    execution_id TEXT,  -- Id of the execution, which the library's run context calls run_id; NULL if the zip names
    -- none, as in evaluations. [path]
    request_id TEXT,  -- Id of the request: the manifest's, else the folder's name (as in evaluations), else the
    -- input's, else NULL. [path]
    session_id TEXT REFERENCES sessions(session_id),  -- The run's root session; NULL if neither manifest nor log names
    -- one. [path]
    status TEXT,  -- How the run ended, as the manifest says: 'success' or 'error' (also if the run succeeded and its
    -- evaluator raised an exception); NULL if it does not say. [keep]
    started_at TEXT,  -- When the run started, ISO 8601. [keep]
    ended_at TEXT,  -- When the run ended, ISO 8601. [keep]
    duration_ms REAL,  -- Duration in milliseconds: as the library measured it, else the time from start to end; NULL
    -- if that is negative. [keep]
    prompt_ns TEXT,  -- Namespace of the prompt. [path]
    prompt_key TEXT,  -- Key of the prompt. [path]
    adapter TEXT,  -- Provider adapter in use. [path]
    attempt INTEGER,  -- Which attempt at the request this was, from 1. [keep]
    worker_id TEXT,  -- Worker that ran it. [path]
    trace_id TEXT,  -- Trace it belongs to. [path]
    span_id TEXT,  -- Span it belongs to. [path]
    input_tokens INTEGER,  -- Input tokens of the run's root session. [keep]
    output_tokens INTEGER,  -- Output tokens of the run's root session. [keep]
    cached_tokens INTEGER,  -- Cached input tokens of the run's root session. [keep]
    total_tokens INTEGER,  -- Input and output tokens together. [keep]
    tokens_source TEXT,  -- Where the token counts are from: 'metrics' (the run's own), 'events' (PromptExecuted events
    -- of its session) or 'logs' (log records of its last prompt, if the run failed after it); NULL if the counts are
    -- unknown. [keep]
    prompt_count INTEGER,  -- Number of prompts executed, from the same source as the tokens (from logs, evaluations of
    -- the last prompt); NULL if unknown. [keep]
    budget TEXT,  -- JSON of the budget: what was consumed and the limits; NULL without one. [json]
    error_type TEXT,  -- Class of the exception that ended the run. [path]
    error_message TEXT,  -- Message of that exception. [text]
    traceback TEXT,  -- Traceback of that exception. [text]
    sample_id TEXT,  -- Sample of an evaluation; NULL outside of evaluations, and if the run ended with an exception.
    -- [path]
    experiment TEXT,  -- Name of the experiment. [path]
    score REAL,  -- Score of the sample. [keep]
    passed INTEGER,  -- 1 if the sample passed, 0 if not; NULL if it was not scored. [keep]
    score_reason TEXT,  -- Reason that the evaluator gave for the score. [text]
    sample_error TEXT,  -- Error of the sample, if the run itself succeeded. [text]
    latency_ms INTEGER,  -- Milliseconds that the sample took, as the evaluation measured them; NULL if they are
    -- negative. [keep]
    triggered_by TEXT,  -- What caused the zip to be written: 'config', 'request', 'direct' (an evaluation) or 'env'.
    -- [keep]
    filesystem_truncated INTEGER,  -- 1 if files were left out because they were too large together, 0 if not; NULL if
    -- the manifest does not say. [keep]
    library_version TEXT,  -- Version of the library that wrote the zip, if the manifest names it. [path]
    library_commit TEXT,  -- Commit of that version, if the manifest names it. [path]
    format_version TEXT,  -- Version of the zip's format. [path]
    path TEXT NOT NULL,  -- Path of the zip, as in artifacts. [path]
    log_count INTEGER,  -- Number of log records of the run. [keep]
    entry_count INTEGER,  -- Number of transcript entries of the run as the library counts them: log records, not
    -- blocks. [keep]
    tool_call_count INTEGER,  -- Number of tool calls of the run, including those of sessions below its root. [keep]
    failed_call_count INTEGER,  -- Number of those calls that did not succeed. [keep]
    file_count INTEGER,  -- Number of files in the agent's filesystem. [keep]
    problem_count INTEGER,  -- Number of rows in problems about the zip and its members. [keep]
    ends_before_start INTEGER,  -- 1 if duration_ms or latency_ms is NULL because it was negative: a clock was set back
    -- during the run; else 0. NULL if the zip cannot be opened. [keep]
    result TEXT,  -- How the run ended: 'passed' or 'failed' (as an evaluation scored it), 'error' (it ended with an
    -- exception; in an evaluation the library then executes the sample again without a zip, so its own report may say
    -- that it passed) or 'unscored' (no evaluation scored it, as outside of evaluations). NULL if the zip cannot be
    -- opened. [keep]
    evaluation TEXT  -- Evaluation that the run belongs to, as in artifacts; NULL if it needs no name. [path]
);
