CREATE VIEW {view} AS
-- Items of the class {title}, with {extent}.
SELECT
    item.id,  -- Row in slice_items.
    artifacts.container_id AS run_id,  -- Run whose zip contains the item; NULL outside of runs.
    item.session_id,  -- Session that held the item.
    item.snapshot_id,  -- Snapshot that contains the item.
    item.snapshot_id IN (SELECT id FROM last_snapshots) AS is_current,  -- 1 if the snapshot is the last of its session,
    -- and so its state at the end, else 0.
    item.item_index{columns}
FROM (
    SELECT
        id,
        session_id,
        snapshot_id,
        item_index,
        CASE WHEN json_valid(payload) THEN payload END AS json,
        payload
    FROM slice_items
    WHERE slice_type = {slice_type}
) AS item
LEFT JOIN snapshots ON snapshots.id = item.snapshot_id
LEFT JOIN artifacts ON artifacts.id = snapshots.artifact_id;
