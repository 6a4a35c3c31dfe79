CREATE VIEW current_slice_items AS
-- Slice items of the last snapshot of each session: its state at the end.
SELECT
    slice_items.id,  -- Row in slice_items.
    slice_items.session_id,  -- Session that held the item.
    slice_items.slice_type,  -- Qualified class name of the slice.
    slice_items.item_index,  -- Position in the slice, from 0.
    slice_items.item_type,  -- Qualified class name of the item.
    slice_items.payload  -- JSON of the item.
FROM slice_items
WHERE slice_items.snapshot_id IN (SELECT id FROM last_snapshots);
