-- Executions of samples: the path of each, whether it is a run, its experiment, its sample and its request.
SELECT
    runs.path,
    1 AS is_run,
    runs.experiment,
    runs.sample_id,
    CASE WHEN input.is_json THEN input.content -> '$.request' END AS request
FROM runs
LEFT JOIN run_members AS input ON input.run_id = runs.id AND input.path = 'request/input.json'
WHERE runs.sample_id IS NOT NULL OR runs.experiment IS NOT NULL OR runs.score IS NOT NULL
UNION ALL
SELECT
    session_samples.path,
    0,
    session_samples.experiment,
    session_samples.sample_id,
    NULL
FROM session_samples;
