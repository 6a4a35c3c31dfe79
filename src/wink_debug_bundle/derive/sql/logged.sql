-- Calls that logs tell of, of each run, and of each tree of sessions outside of runs. The log of one process may tell of
-- other runs, which tell of their calls themselves.
SELECT
    coalesce(call_parts.run_id, 0) AS run,
    coalesce(trees.root, '') AS tree,
    call_parts.run_id,
    call_parts.artifact_id,
    call_parts.session_id,
    call_parts.is_session_told,
    call_parts.tool_name,
    call_parts.call_id,
    call_parts.prompt_name,
    call_parts.asked_log_id,
    call_parts.started_log_id,
    call_parts.ended_log_id,
    call_parts.asked_at,
    call_parts.started_at,
    call_parts.ended_at,
    call_parts.duration_ms,
    call_parts.outcome,
    call_parts.sources
FROM call_parts
LEFT JOIN runs ON runs.id = call_parts.run_id
LEFT JOIN temp.trees ON call_parts.run_id IS NULL AND trees.session_id = call_parts.session_id
WHERE
    CASE
        WHEN call_parts.run_id IS NULL THEN trees.root IS NOT NULL
        ELSE NOT call_parts.is_session_told
            OR call_parts.session_id IS runs.session_id
            OR call_parts.session_id NOT IN (SELECT session_id FROM runs WHERE session_id IS NOT NULL)
    END
ORDER BY run, tree, call_parts.id;
