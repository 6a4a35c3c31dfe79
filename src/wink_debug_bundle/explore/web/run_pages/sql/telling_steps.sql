-- Find the steps that tell what has no step of its own: a failure of a call, the log record that ends a call, or a
-- transcript entry of a call. Parameters: run, its number; kind, 'failure', 'log' or 'entry'; id, the row's number.
SELECT CASE WHEN call_id IS NULL THEN 'log-' || log_id ELSE 'call-' || call_id END AS anchor
FROM failures
WHERE :kind = 'failure' AND failures.id = :id AND failures.run_id = :run
UNION ALL
SELECT 'call-' || calls.id
FROM calls
WHERE :kind = 'log' AND calls.run_id = :run AND calls.ended_log_id = :id
UNION ALL
SELECT 'call-' || calls.id
FROM calls
WHERE :kind = 'entry' AND calls.run_id = :run AND :id IN (calls.use_entry_id, calls.result_entry_id);
