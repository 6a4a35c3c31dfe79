CREATE VIEW failed_runs AS
-- Runs that ended with an exception and samples that did not pass: why, and the last tool call and text before. Samples
-- that only sessions record (0.12 to 0.20) are in it, too.
SELECT
    failures.run_id,  -- Row in runs; NULL if only a session records the sample.
    runs.sample_id,  -- Sample of an evaluation, if the zip names it.
    runs.experiment,  -- Name of the experiment.
    failures.kind,  -- What failed: 'run' (it ended with an exception) or 'sample' (it did not pass).
    failures.name,  -- Class of the exception, or 'unknown'; for a sample 'score' or 'error'.
    failures.signature,  -- The message without ids, numbers, paths, addresses, times and quoted values.
    failures.message,  -- Why it failed.
    last_call.tool_name AS last_tool,  -- Tool that was called last.
    last_call.outcome AS last_outcome,  -- How that call ended: 'succeeded', 'failed', 'raised', 'rejected', 'denied',
    -- 'expanded' or 'unknown'.
    (SELECT tool_calls.params FROM tool_calls WHERE tool_calls.id = last_call.id) AS last_params,  -- JSON of the
    -- parameters of that call.
    (
        SELECT coalesce(tool_calls.error, tool_calls.output, tool_calls.message)
        FROM tool_calls
        WHERE tool_calls.id = last_call.id
    ) AS last_result,  -- What that call returned, or why it failed.
    last_entry.entry_type AS last_entry_type,  -- Type of the last transcript entry of the main agent with any content:
    -- 'user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result' or 'error'.
    (
        SELECT coalesce(transcript_entries.text, transcript_entries.data)
        FROM transcript_entries
        WHERE transcript_entries.id = last_entry.id
    ) AS last_text,  -- Content of that entry.
    failures.timestamp AS failed_at,  -- When it failed, ISO 8601.
    runs.session_id,  -- The run's root session, or the session of the sample.
    runs.path,  -- Path of the run's zip, or of the file that holds the session.
    runs.evaluation  -- Evaluation that the run or session belongs to; NULL if it needs no name.
FROM failures
JOIN runs ON runs.id = failures.run_id
LEFT JOIN calls AS last_call ON last_call.id = (
    SELECT max(calls.id) FROM calls WHERE calls.run_id = failures.run_id
)
LEFT JOIN entries AS last_entry ON last_entry.id = (
    SELECT max(entries.id)
    FROM entries
    WHERE entries.run_id = failures.run_id
        AND entries.source = 'main'
        AND entries.entry_type IN ('user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result', 'error')
)
WHERE failures.kind IN ('run', 'sample')
UNION ALL
SELECT
    NULL,
    samples.sample_id,
    samples.experiment,
    failures.kind,
    failures.name,
    failures.signature,
    failures.message,
    last_call.tool_name,
    last_call.outcome,
    (SELECT tool_calls.params FROM tool_calls WHERE tool_calls.id = last_call.id),
    (
        SELECT coalesce(tool_calls.error, tool_calls.output, tool_calls.message)
        FROM tool_calls
        WHERE tool_calls.id = last_call.id
    ),
    last_entry.entry_type,
    (
        SELECT coalesce(transcript_entries.text, transcript_entries.data)
        FROM transcript_entries
        WHERE transcript_entries.id = last_entry.id
    ),
    failures.timestamp,
    samples.session_id,
    samples.path,
    samples.evaluation
FROM session_samples AS samples
JOIN failures ON failures.id = (
    SELECT min(causes.id)
    FROM failures AS causes
    WHERE causes.session_id = samples.session_id
        AND causes.run_id IS NULL
        AND causes.kind = 'sample'
        AND causes.message = substr(samples.failure, 1, 1000)
)
-- The views are read by subqueries above: SQLite computes all rows of a view that is joined.
-- In a session of several samples, the last call is that of the last sample.
LEFT JOIN calls AS last_call ON last_call.id = (
    SELECT max(calls.id) FROM calls WHERE calls.session_id = samples.session_id AND samples.session_sample_count = 1
)
LEFT JOIN entries AS last_entry ON last_entry.id = (
    SELECT max(entries.id)
    FROM entries
    WHERE entries.session_id = samples.session_id
        AND samples.session_sample_count = 1
        AND entries.source = 'main'
        AND entries.entry_type IN ('user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result', 'error')
);
