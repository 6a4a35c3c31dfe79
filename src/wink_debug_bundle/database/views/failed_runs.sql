CREATE VIEW failed_runs AS
-- Runs that ended with an exception and samples that did not pass: why, and the last tool call and text before.
SELECT
    failures.run_id,  -- Row in runs.
    runs.sample_id,  -- Sample of an evaluation, if the zip names it.
    runs.experiment,  -- Name of the experiment.
    failures.kind,  -- What failed: 'run' (it ended with an exception) or 'sample' (it did not pass).
    failures.name,  -- Class of the exception, or 'unknown'; for a sample 'score' or 'error'.
    failures.signature,  -- The message without ids, numbers, paths, addresses, times and quoted values.
    failures.message,  -- Why it failed.
    last_call.tool_name AS last_tool,  -- Tool that was called last.
    last_call.outcome AS last_outcome,  -- How that call ended: 'succeeded', 'failed', 'raised', 'rejected', 'denied',
    -- 'expanded' or 'unknown'.
    last_call.params AS last_params,  -- JSON of the parameters of that call.
    coalesce(last_call.error, last_call.output, last_call.message) AS last_result,  -- What that call returned, or why
    -- it failed.
    last_entry.entry_type AS last_entry_type,  -- Type of the last transcript entry of the main agent with any content:
    -- 'user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result' or 'error'.
    coalesce(last_entry.text, last_entry.data) AS last_text,  -- Content of that entry.
    failures.timestamp AS failed_at,  -- When it failed, ISO 8601.
    runs.session_id,  -- The run's root session.
    runs.path  -- Path of the run's zip.
FROM failures
JOIN runs ON runs.id = failures.run_id
LEFT JOIN tool_calls AS last_call ON last_call.id = (
    SELECT max(calls.id) FROM calls WHERE calls.run_id = failures.run_id
)
LEFT JOIN transcript_entries AS last_entry ON last_entry.id = (
    SELECT max(entries.id)
    FROM entries
    WHERE entries.run_id = failures.run_id
        AND entries.source = 'main'
        AND entries.entry_type IN ('user_message', 'assistant_message', 'thinking', 'tool_use', 'tool_result', 'error')
)
WHERE failures.kind IN ('run', 'sample');
