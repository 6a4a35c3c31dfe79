-- Add what contains a changed artifact, or repeats it; again until nothing is added.
INSERT OR IGNORE INTO temp.changed_artifacts
SELECT container_id FROM artifacts
WHERE container_id IS NOT NULL AND id IN (SELECT id FROM temp.changed_artifacts)
UNION
SELECT archive_id FROM artifacts
WHERE archive_id IS NOT NULL AND id IN (SELECT id FROM temp.changed_artifacts)
UNION
SELECT id FROM artifacts WHERE original_id IN (SELECT id FROM temp.changed_artifacts)
UNION
SELECT transcript.id
FROM artifacts AS transcript
JOIN artifacts AS log ON log.container_id = transcript.container_id AND log.kind = 'logs'
WHERE transcript.kind = 'transcript' AND log.id IN (SELECT id FROM temp.changed_artifacts);
