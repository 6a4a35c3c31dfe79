-- Forget the hashes of artifacts that are not as they were, and the source text of lines that changed.
INSERT OR IGNORE INTO temp.old_hashes
SELECT sha256, 0 FROM artifacts WHERE sha256 IS NOT NULL AND id IN (SELECT id FROM temp.changed_artifacts);
UPDATE artifacts SET sha256 = NULL, is_exact = 0 WHERE id IN (SELECT id FROM temp.changed_artifacts);
DELETE FROM raw_records
WHERE (artifact_id, line) IN (SELECT artifact_id, line FROM temp.changed_lines)
    OR blob_sha256 IN (SELECT old FROM temp.changed_bytes);
UPDATE line_forms SET key_order = NULL WHERE artifact_id IN (SELECT id FROM temp.changed_artifacts);
UPDATE prompt_events SET char_count = length(rendered_text)
WHERE rowid IN (SELECT key FROM temp.changed_rows WHERE table_name = 'prompt_events')
    AND rendered_text IS NOT NULL AND char_count IS NOT NULL;
UPDATE artifacts SET blob_sha256 = (SELECT new FROM temp.changed_bytes WHERE old = blob_sha256)
WHERE blob_sha256 IN (SELECT old FROM temp.changed_bytes);
