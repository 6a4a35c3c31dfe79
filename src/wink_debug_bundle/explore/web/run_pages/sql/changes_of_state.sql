-- Compare the items of two snapshots: for each place in each slice, what was there before and after, of long items the
-- beginning. Parameters: before, after: rows in snapshots; most, a limit.
WITH
    places AS (
        SELECT slice_type, item_index, id AS old_id, NULL AS new_id FROM slice_items WHERE snapshot_id = :before
        UNION ALL
        SELECT slice_type, item_index, NULL, id FROM slice_items WHERE snapshot_id = :after
    ),
    pairs AS (
        SELECT slice_type, item_index, max(old_id) AS old_id, max(new_id) AS new_id
        FROM places
        GROUP BY slice_type, item_index
    )
SELECT
    pairs.slice_type,
    (SELECT slice_views.view_name FROM slice_views WHERE slice_views.slice_type = pairs.slice_type) AS view_name,
    pairs.item_index,
    substr(old_item.payload, 1, 2000) AS old,
    substr(new_item.payload, 1, 2000) AS new,
    old_item.payload IS new_item.payload AS is_same
FROM pairs
LEFT JOIN slice_items AS old_item ON old_item.id = pairs.old_id
LEFT JOIN slice_items AS new_item ON new_item.id = pairs.new_id
ORDER BY pairs.slice_type, pairs.item_index
LIMIT :most;
