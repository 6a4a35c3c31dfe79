CREATE TABLE slice_keys (
    -- Keys of the items of each slice class, as readers found them; the views of the classes are created from them.
    slice_type TEXT NOT NULL,  -- Qualified class name of the slice.
    part TEXT NOT NULL,  -- What the row records: 'item' (the class has items), 'key' (an item has this key) or 'other'
    -- (an item is not an object).
    key TEXT NOT NULL,  -- The key; '' for item and other.
    PRIMARY KEY (slice_type, part, key)
) WITHOUT ROWID;
