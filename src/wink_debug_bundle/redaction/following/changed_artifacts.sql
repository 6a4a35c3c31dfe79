-- Find the artifacts whose bytes are not those that were read.
INSERT OR IGNORE INTO temp.changed_lines
SELECT logs.artifact_id, logs.line, sum(growth)
FROM temp.changed_rows JOIN logs ON logs.id = changed_rows.key
WHERE table_name = 'logs' GROUP BY 1, 2;
INSERT OR IGNORE INTO temp.changed_lines
SELECT artifact_id, line, sum(growth)
FROM (
    SELECT snapshots.artifact_id, snapshots.line, growth
    FROM temp.changed_rows JOIN snapshots ON snapshots.id = changed_rows.key WHERE table_name = 'snapshots'
    UNION ALL
    SELECT snapshots.artifact_id, snapshots.line, growth
    FROM temp.changed_rows
    JOIN slice_items ON slice_items.id = changed_rows.key
    JOIN snapshots ON snapshots.id = slice_items.snapshot_id
    WHERE table_name = 'slice_items'
)
GROUP BY 1, 2;
INSERT OR IGNORE INTO temp.changed_lines
SELECT problems.artifact_id, coalesce(problems.line, 0), sum(growth)
FROM temp.changed_rows JOIN problems ON problems.id = changed_rows.key
WHERE table_name = 'problems' GROUP BY 1, 2;
INSERT OR IGNORE INTO temp.changed_artifacts SELECT DISTINCT artifact_id FROM temp.changed_lines;
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT artifact_id FROM files JOIN temp.changed_rows ON files.id = changed_rows.key
WHERE table_name IN ('files', 'file_entries');
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT run_id FROM run_members JOIN temp.changed_rows ON run_members.id = changed_rows.key
WHERE table_name = 'run_members';
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT artifact_id FROM files WHERE sha256 IN (SELECT new FROM temp.changed_bytes);
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT run_id FROM run_members WHERE blob_sha256 IN (SELECT new FROM temp.changed_bytes);
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT artifact_id FROM problems WHERE blob_sha256 IN (SELECT new FROM temp.changed_bytes);
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT artifact_id FROM raw_records WHERE blob_sha256 IN (SELECT old FROM temp.changed_bytes);
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT artifact_id FROM zip_parts WHERE blob_sha256 IN (SELECT new FROM temp.changed_bytes);
