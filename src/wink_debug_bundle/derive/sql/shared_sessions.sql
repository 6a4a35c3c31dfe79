-- Runs that share their session with another run: which of them made a call is decided by its time.
CREATE TEMP TABLE shared_sessions AS
SELECT session_id, id, started_at, ended_at
FROM runs
WHERE session_id IN (SELECT session_id FROM runs GROUP BY session_id HAVING count(*) > 1);
