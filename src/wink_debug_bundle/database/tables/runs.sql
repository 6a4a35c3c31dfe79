CREATE TABLE runs (
    -- One row for each run, whose zip the library wrote: what it was asked, how it ended and what it took.
    id INTEGER PRIMARY KEY REFERENCES artifacts(id),  -- The run's zip in artifacts; other tables call it run_id.
    bundle_id TEXT,  -- Id of the zip: that of the execution, or a random one in an evaluation.
    execution_id TEXT,  -- The execution's run_id of the library's run context; NULL in evaluations.
    request_id TEXT,  -- Request that was served: the manifest's, else the folder's name (an evaluation's request), else that of the input.
    session_id TEXT REFERENCES sessions(session_id),  -- The run's root session.
    status TEXT,  -- 'success' or 'error'; an evaluator that raises makes an error of a run that succeeded.
    started_at TEXT,  -- When it began, ISO 8601.
    ended_at TEXT,  -- When it ended, ISO 8601.
    duration_ms REAL,  -- What it took: as measured by the library, else between its beginning and its end.
    prompt_ns TEXT,  -- Namespace of the prompt.
    prompt_key TEXT,  -- Key of the prompt.
    adapter TEXT,  -- Provider adapter in use.
    attempt INTEGER,  -- Number of the attempt at the request, from 1.
    worker_id TEXT,  -- Worker that ran it.
    trace_id TEXT,  -- Trace it belongs to.
    span_id TEXT,  -- Span it belongs to.
    input_tokens INTEGER,  -- Input tokens of the run's root session.
    output_tokens INTEGER,  -- Output tokens of the run's root session.
    cached_tokens INTEGER,  -- Cached input tokens of the run's root session.
    total_tokens INTEGER,  -- Input and output tokens together.
    tokens_source TEXT,  -- Who says so: 'metrics' (the run's own), 'events' (PromptExecuted) or 'logs' (of a run that failed after a prompt); NULL where nobody does.
    prompt_count INTEGER,  -- Number of prompts executed, as the metrics say.
    budget TEXT,  -- JSON of the budget: what was consumed and the limits; NULL without one.
    error_type TEXT,  -- Class of the exception that ended the run.
    error_message TEXT,  -- Its message.
    traceback TEXT,  -- Its traceback.
    sample_id TEXT,  -- Sample of an evaluation; NULL outside of one, and where the sample failed.
    experiment TEXT,  -- Name of the experiment.
    score REAL,  -- The sample's score.
    passed INTEGER,  -- 1 if the sample passed, 0 if not; NULL where it was not scored.
    score_reason TEXT,  -- What the evaluator said.
    sample_error TEXT,  -- Error of the sample, where the run itself succeeded.
    latency_ms INTEGER,  -- What the sample took, as the evaluation measured it.
    triggered_by TEXT,  -- What had the zip written: 'config', 'request', 'direct' (an evaluation) or 'env'.
    filesystem_truncated INTEGER,  -- 1 if files are missing because they were too many bytes.
    library_version TEXT,  -- Version of the library that wrote the zip, where it says so.
    library_commit TEXT,  -- Its commit.
    format_version TEXT,  -- Version of the zip's format.
    path TEXT NOT NULL,  -- The zip's path, as in artifacts.
    log_count INTEGER,  -- Log records of the run.
    entry_count INTEGER,  -- Transcript entries of the run, as the library counts them: log records, not blocks.
    tool_call_count INTEGER,  -- Tool calls of the run, those of sessions below its root included.
    failed_call_count INTEGER,  -- Those of them that did not succeed.
    file_count INTEGER,  -- Files of the agent's filesystem.
    problem_count INTEGER  -- Rows in problems that tell of the zip and of what lies in it.
);
