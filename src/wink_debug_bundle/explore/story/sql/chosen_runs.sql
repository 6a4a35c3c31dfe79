-- Find the runs that a name may mean: a number, or an id. The parameter number is NULL if the name is no number.
SELECT runs.id, runs.session_id, runs.sample_id, runs.experiment, runs.bundle_id, 0 AS rank
FROM runs
WHERE runs.id = :number
UNION ALL
SELECT runs.id, runs.session_id, runs.sample_id, runs.experiment, runs.bundle_id, 1
FROM runs
WHERE runs.sample_id = :name
UNION ALL
SELECT runs.id, runs.session_id, runs.sample_id, runs.experiment, runs.bundle_id, 2
FROM runs
WHERE runs.session_id = :name
UNION ALL
SELECT runs.id, runs.session_id, runs.sample_id, runs.experiment, runs.bundle_id, 3
FROM runs
WHERE :name IN (runs.bundle_id, runs.execution_id, runs.request_id)
ORDER BY rank, id
LIMIT 50;
