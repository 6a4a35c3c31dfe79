-- How many zips and runs are damaged so much that nothing says which sample they belong to; each may have been one.
SELECT count(*)
FROM artifacts
LEFT JOIN runs ON runs.id = artifacts.id AND runs.path = artifacts.path
WHERE artifacts.status IN ('partial', 'skipped')
    AND coalesce(runs.sample_id, runs.experiment, runs.score) IS NULL
    AND (artifacts.kind = 'run' OR (lower(artifacts.path) LIKE '%.zip' AND artifacts.record_count = 0))
    AND (artifacts.evaluation IS :evaluation OR artifacts.evaluation IS NULL);
