-- Call fragments of each open run (others have none), and of each tree of sessions outside of runs. The log in a run's zip is that of the
-- process, so it may also record calls of other runs; these are left out, because the other runs' logs record them.
SELECT
    coalesce(call_fragments.run_id, 1 << 62) AS run,
    coalesce(trees.root, '') AS tree,
    call_fragments.run_id,
    call_fragments.artifact_id,
    call_fragments.session_id,
    call_fragments.is_session_known,
    call_fragments.tool_name,
    call_fragments.call_id,
    call_fragments.prompt_name,
    call_fragments.requested_log_id,
    call_fragments.started_log_id,
    call_fragments.ended_log_id,
    call_fragments.requested_at,
    call_fragments.started_at,
    call_fragments.ended_at,
    call_fragments.duration_ms,
    call_fragments.outcome,
    call_fragments.source_bits
FROM call_fragments
LEFT JOIN runs ON runs.id = call_fragments.run_id
LEFT JOIN temp.trees ON call_fragments.run_id IS NULL AND trees.session_id = call_fragments.session_id
WHERE CASE
        WHEN call_fragments.run_id IS NULL THEN trees.root IS NOT NULL
        ELSE NOT call_fragments.is_session_known
            OR call_fragments.session_id IS runs.session_id
            OR call_fragments.session_id NOT IN (SELECT session_id FROM runs WHERE session_id IS NOT NULL)
    END
ORDER BY run, tree, call_fragments.id;
