-- Count the records, entries, calls, files and problems of each run that was not settled when it was read.
UPDATE runs
SET
    log_count = coalesce(held.log_count, 0),
    entry_count = coalesce(transcripts.entry_count, 0),
    tool_call_count = coalesce(called.tool_call_count, 0),
    failed_call_count = coalesce(called.failed_call_count, 0),
    file_count = coalesce(kept.file_count, 0),
    problem_count = zips.problem_count + coalesce(held.problem_count, 0)
FROM artifacts AS zips
LEFT JOIN (
    SELECT
        container_id,
        sum(problem_count) AS problem_count,
        sum(record_count) FILTER (WHERE kind IN ('logs', 'transcript')) AS log_count
    FROM artifacts
    WHERE container_id IN (SELECT id FROM runs WHERE log_count IS NULL)
    GROUP BY container_id
) AS held ON held.container_id = zips.id
LEFT JOIN (
    SELECT run_id, count(DISTINCT log_id) AS entry_count
    FROM entries
    WHERE run_id IN (SELECT id FROM runs WHERE log_count IS NULL)
    GROUP BY run_id
) AS transcripts ON transcripts.run_id = zips.id
LEFT JOIN (
    SELECT run_id, count(*) AS tool_call_count, count(*) FILTER (WHERE success = 0) AS failed_call_count
    FROM calls
    WHERE run_id IN (SELECT id FROM runs WHERE log_count IS NULL)
    GROUP BY run_id
) AS called ON called.run_id = zips.id
LEFT JOIN (
    SELECT artifact_id, count(*) AS file_count
    FROM files
    WHERE artifact_id IN (SELECT id FROM runs WHERE log_count IS NULL)
    GROUP BY artifact_id
) AS kept ON kept.artifact_id = zips.id
WHERE zips.id = runs.id AND runs.log_count IS NULL;
