-- Compare the items of two snapshots: for each place in each slice, what was there before and after, of long items the
-- beginning. Events of the library, which the story has already, are only counted. Parameters: before, after: rows in snapshots; most, a limit.
WITH
    places AS (
        SELECT slice_items.slice_type, slice_items.item_index, slice_items.payload AS old, NULL AS new
        FROM slice_items
        WHERE slice_items.snapshot_id = :before
        UNION ALL
        SELECT slice_items.slice_type, slice_items.item_index, NULL, slice_items.payload
        FROM slice_items
        WHERE slice_items.snapshot_id = :after
    ),
    pairs AS (
        SELECT places.slice_type, places.item_index, max(places.old) AS old, max(places.new) AS new
        FROM places
        GROUP BY places.slice_type, places.item_index
    )
SELECT
    pairs.slice_type,
    slice_views.view_name,
    pairs.item_index,
    substr(pairs.old, 1, 2000) AS old,
    substr(pairs.new, 1, 2000) AS new,
    pairs.old IS pairs.new AS is_same
FROM pairs
LEFT JOIN slice_views ON slice_views.slice_type = pairs.slice_type
ORDER BY pairs.slice_type, pairs.item_index
LIMIT :most;
