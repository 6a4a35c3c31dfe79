-- Items of a session.
CREATE INDEX idx_slice_items_session ON slice_items(session_id);
-- Items of a slice class.
CREATE INDEX idx_slice_items_type ON slice_items(slice_type);
-- Items of an item class.
CREATE INDEX idx_slice_items_item_type ON slice_items(item_type);
-- Items of a snapshot.
CREATE INDEX idx_slice_items_snapshot ON slice_items(snapshot_id);
