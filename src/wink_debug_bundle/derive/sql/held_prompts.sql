-- The prompts that sessions outside of runs rendered, from their snapshots.
SELECT slice_items.session_id, slice_items.payload ->> '$.descriptor' AS descriptor
FROM slice_items
JOIN snapshots ON snapshots.id = slice_items.snapshot_id
JOIN artifacts ON artifacts.id = snapshots.artifact_id
WHERE slice_items.slice_type IN (
        -- The list of classes is short; the items are many.
        SELECT slice_type FROM slice_views WHERE slice_type GLOB 'weakincentives.*:PromptRendered'
    )
    AND artifacts.container_id IS NULL
    AND json_valid(slice_items.payload)
ORDER BY slice_items.session_id, slice_items.id;
