CREATE VIEW tool_calls AS
-- Every tool call once, with its parameters and results, from all sources that record it: sessions, logs, hooks and
-- transcripts.
SELECT
    calls.id,  -- Row in calls; calls of a run are in the order in which they were requested.
    calls.run_id,  -- Run the call belongs to; NULL outside of runs.
    calls.session_id,  -- Session that called the tool; if no source names it, the session of the log record.
    calls.tool_name,  -- Name of the tool.
    calls.outcome,  -- How the call ended: 'succeeded', 'failed' (the tool reported an error), 'raised' (its handler
    -- raised an exception), 'rejected' (invalid parameters), 'denied' (by a policy), 'expanded' (a section of the
    -- prompt was expanded instead) or 'unknown'.
    calls.success,  -- 1 if it succeeded, 0 if not; NULL if unknown.
    calls.duration_ms,  -- Milliseconds that the call took, by the times in the log; NULL if unknown, and
    -- if ends_before_start is 1.
    coalesce(started.timestamp, requested.timestamp, event.timestamp, use_log.timestamp) AS started_at,  -- When it
    -- started, ISO 8601; if only a session records the call, when it ended.
    coalesce(ended.timestamp, event.timestamp) AS ended_at,  -- When it ended, ISO 8601.
    coalesce(
        nullif(CAST(started.context -> '$.arguments' AS TEXT), 'null'),
        nullif(CAST(requested.context -> '$.tool_input' AS TEXT), 'null'),
        nullif(CAST(requested.context -> '$.input_data.tool_input' AS TEXT), 'null'),
        nullif(CAST(use_log.context -> use_entry.data_path AS TEXT), 'null'),
        nullif(CAST((use_log.context ->> '$.content') -> use_entry.data_path AS TEXT), 'null'),
        nullif(CAST(event.params -> '$.raw_arguments' AS TEXT), 'null'),
        nullif(CAST(event.params -> '$' AS TEXT), 'null')
    ) AS params,  -- JSON of the parameters as the model gave them; if only a session records the call, with defaults
    -- filled in.
    coalesce(event.result_message, ended.context ->> '$.message', ended.context ->> '$.reason') AS message,  -- What the
    -- tool or the library said about the result.
    coalesce(
        event.result_value,
        nullif(CAST(ended.context -> '$.tool_response' AS TEXT), 'null'),
        nullif(CAST(ended.context -> '$.value' AS TEXT), 'null'),
        nullif(CAST(result_log.context -> result_entry.data_path AS TEXT), 'null')
    ) AS value,  -- JSON of the result; if only a log records the call, Python's text for it, or NULL.
    coalesce(
        CASE result_entry.is_inner
            WHEN 0 THEN result_log.context ->> result_entry.text_path
            ELSE (result_log.context ->> '$.content') ->> result_entry.text_path
        END,
        ended.context ->> '$.output_text',
        event.rendered_output
    ) AS output,  -- Text that was returned to the model.
    CASE
        WHEN calls.success = 0 THEN coalesce(
            ended.context ->> '$.error',
            ended.context ->> '$.reason',
            nullif(event.result_message, ''),
            nullif(ended.context ->> '$.message', ''),
            CASE result_entry.is_inner
                WHEN 0 THEN result_log.context ->> result_entry.text_path
                ELSE (result_log.context ->> '$.content') ->> result_entry.text_path
            END,
            ended.context ->> '$.output_text'
        )
    END AS error,  -- Why it failed; NULL if it did not.
    calls.call_id,  -- The provider's id of the call.
    calls.prompt_name,  -- Name of the prompt that was evaluated.
    event.adapter,  -- Provider adapter in use; NULL if no session records the call.
    calls.source,  -- Where the call is recorded, separated by commas: 'slices' (a ToolInvoked event of a session),
    -- 'tool.execution', 'bridge', 'hook' (log events) and 'transcript' (transcript entries).
    calls.event_id,  -- Row in tool_invocations; NULL if no session records the call.
    calls.started_log_id,  -- Log record of its start; NULL without one.
    calls.ended_log_id,  -- Log record of its end; NULL without one.
    calls.ends_before_start  -- 1 if a clock was set back during the call, so that its duration is unknown; else 0.
FROM calls
LEFT JOIN logs AS requested ON requested.id = calls.requested_log_id
LEFT JOIN logs AS started ON started.id = calls.started_log_id
LEFT JOIN logs AS ended ON ended.id = calls.ended_log_id
LEFT JOIN tool_invocations AS event ON event.event_id = calls.event_id
LEFT JOIN entries AS use_entry ON use_entry.id = calls.use_entry_id
LEFT JOIN logs AS use_log ON use_log.id = use_entry.log_id
LEFT JOIN entries AS result_entry ON result_entry.id = calls.result_entry_id
LEFT JOIN logs AS result_log ON result_log.id = result_entry.log_id;
