-- The calls of one run, or of a session outside of runs, in the order in which they were requested. Parameters: run, the
-- run's number or NULL; session; most, a limit; longest, the characters of a result that are read.
WITH
    chosen AS (
        SELECT *
        FROM calls
        WHERE run_id = :run OR (:run IS NULL AND run_id IS NULL AND session_id = :session)
        ORDER BY id
        LIMIT :most
    )
SELECT
    tool_calls.id,
    tool_calls.tool_name,
    tool_calls.params,
    tool_calls.outcome,
    substr(
        coalesce(tool_calls.error, nullif(tool_calls.output, ''), tool_calls.value, tool_calls.message), 1, :longest
    ) AS result,
    chosen.use_entry_id,
    coalesce(chosen.requested_log_id, chosen.started_log_id) AS log_id
FROM chosen
JOIN tool_calls ON tool_calls.id = chosen.id
ORDER BY chosen.id;
