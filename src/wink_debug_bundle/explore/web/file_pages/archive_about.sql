-- An archive or the zip of a run: its path, the number of its files, and the run's sample or bundle id.
SELECT
    artifacts.path,
    (SELECT count(*) FROM files WHERE files.artifact_id = artifacts.id) AS file_count,
    runs.id AS run_id,
    coalesce(runs.sample_id, runs.bundle_id) AS label
FROM artifacts
LEFT JOIN runs ON runs.id = artifacts.id
WHERE artifacts.id = :archive;
