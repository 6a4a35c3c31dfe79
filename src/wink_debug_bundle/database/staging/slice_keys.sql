CREATE TABLE slice_keys (
    -- What the items of each slice class look like, as readers saw it; the views of the classes are made from it.
    slice_type TEXT NOT NULL,  -- Qualified class name of the slice.
    part TEXT NOT NULL,  -- 'item' (there are items), 'key' (an item has this key) or 'other' (an item is no object).
    key TEXT NOT NULL,  -- The key; '' for the other parts.
    PRIMARY KEY (slice_type, part, key)
) WITHOUT ROWID;
