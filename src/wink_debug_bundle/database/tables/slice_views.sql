CREATE TABLE slice_views (
    -- One row for each slice class: the view that has its items with a column for each key.
    slice_type TEXT PRIMARY KEY NOT NULL,  -- Qualified class name, as in slice_items.
    view_name TEXT UNIQUE,  -- The view; NULL for classes beyond the first 1,000.
    item_count INTEGER NOT NULL,  -- Items of the class, those of earlier snapshots included.
    key_count INTEGER NOT NULL,  -- Different keys that its items have.
    column_count INTEGER NOT NULL  -- Those of them that are columns of the view; the rest is in its column payload alone.
);
