-- Bring the calls of runs into the order of the runs, so that ids do not depend on which runs were read whole. Only those
-- from the first open run on are moved; calls outside of runs come last.
CREATE TEMP TABLE unordered AS
SELECT
    id,
    run_id,
    session_id,
    tool_name,
    call_id,
    prompt_name,
    outcome,
    success,
    duration_ms,
    source,
    requested_log_id,
    started_log_id,
    ended_log_id,
    event_id,
    use_entry_id,
    result_entry_id,
    ends_before_start
FROM calls
WHERE run_id IS NULL OR run_id >= (SELECT min(run_id) FROM temp.open_runs);

DELETE FROM calls WHERE run_id IS NULL OR run_id >= (SELECT min(run_id) FROM temp.open_runs);

INSERT INTO calls (
    run_id,
    session_id,
    tool_name,
    call_id,
    prompt_name,
    outcome,
    success,
    duration_ms,
    source,
    requested_log_id,
    started_log_id,
    ended_log_id,
    event_id,
    use_entry_id,
    result_entry_id,
    ends_before_start
)
SELECT
    run_id,
    session_id,
    tool_name,
    call_id,
    prompt_name,
    outcome,
    success,
    duration_ms,
    source,
    requested_log_id,
    started_log_id,
    ended_log_id,
    event_id,
    use_entry_id,
    result_entry_id,
    ends_before_start
FROM temp.unordered
ORDER BY run_id IS NULL, run_id, id;

DROP TABLE temp.unordered;
