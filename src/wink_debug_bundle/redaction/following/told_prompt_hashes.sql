-- What the library noted of the parts of prompts, the file that tells it, and whether a text of the prompt changed.
WITH
    descriptors AS (
        SELECT logs.session_id, logs.artifact_id, logs.context AS told
        FROM logs
        WHERE logs.event GLOB 'prompt.*'
        UNION ALL
        SELECT slice_items.session_id, snapshots.artifact_id, slice_items.payload ->> '$.descriptor'
        FROM slice_items
        JOIN snapshots ON snapshots.id = slice_items.snapshot_id
        WHERE slice_items.slice_type GLOB '*:PromptRendered' AND json_valid(slice_items.payload)
        UNION ALL
        SELECT session_id, run_id, hash
        FROM prompt_parts
    )
SELECT
    descriptors.told,
    descriptors.artifact_id,
    coalesce('run ' || artifacts.container_id IN (SELECT scope FROM temp.changed_prompts), 0)
    OR coalesce('session ' || descriptors.session_id IN (SELECT scope FROM temp.changed_prompts), 0)
    OR coalesce('file ' || descriptors.artifact_id IN (SELECT scope FROM temp.changed_prompts), 0)
    OR coalesce('run ' || descriptors.artifact_id IN (SELECT scope FROM temp.changed_prompts), 0)
FROM descriptors
LEFT JOIN artifacts ON artifacts.id = descriptors.artifact_id
WHERE descriptors.told IS NOT NULL AND EXISTS (SELECT 1 FROM temp.changed_prompts);
