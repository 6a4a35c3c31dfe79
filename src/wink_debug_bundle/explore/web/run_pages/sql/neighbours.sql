-- Find the failed runs before and after a run. Parameter run: its number.
SELECT
    (
        SELECT failures.run_id
        FROM failures
        WHERE failures.run_id < :run AND failures.kind IN ('run', 'sample')
        ORDER BY failures.run_id DESC
        LIMIT 1
    ) AS previous_run,
    (
        SELECT failures.run_id
        FROM failures
        WHERE failures.run_id > :run AND failures.kind IN ('run', 'sample')
        ORDER BY failures.run_id
        LIMIT 1
    ) AS next_run;
