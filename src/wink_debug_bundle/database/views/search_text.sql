CREATE VIEW search_text AS
-- What people search for, one row for each text; the text is made of the row's columns, with JSON's escapes decoded.
SELECT
    found.kind,  -- What the text is: 'failure', 'run' (reason and error of a run or sample), 'message' (of the
    -- transcript), 'call' (a tool and its parameters), 'result' (of a tool), 'prompt', 'answer' (to a prompt), 'path' (of
    -- a file), 'log' (event and message), 'context' (of a log record) or 'file' (its text).
    found.table_name,  -- Table or view that has the row.
    found.row_id,  -- Key of the row there: event_id in prompt_events, id in all others.
    found.run_id,  -- Run it belongs to; NULL outside of runs.
    found.session_id,  -- Session it belongs to; NULL if unknown.
    found.tool_name,  -- Tool of the call, result, failure or message; NULL for others.
    found.level,  -- Level of the log record; NULL for other rows.
    found.name,  -- What it is called: sample, class of the exception, type of the message, tool, prompt, path or event;
    -- NULL without a name.
    found.timestamp,  -- When it happened, ISO 8601; NULL if unknown.
    found.text  -- The text.
FROM ({texts}) AS found;
