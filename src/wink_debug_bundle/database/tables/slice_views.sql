CREATE TABLE slice_views (
    -- One row for each slice class, with the name of its view: a row for each item, columns for its keys.
    slice_type TEXT PRIMARY KEY NOT NULL,  -- Qualified class name, as in slice_items. [rehash]
    view_name TEXT UNIQUE,  -- Name of the view; NULL for classes beyond the first 1,000. [rehash]
    item_count INTEGER NOT NULL,  -- Number of items of the class, including those of earlier snapshots. [rehash]
    key_count INTEGER NOT NULL,  -- Number of different keys in its items. [rehash]
    column_count INTEGER NOT NULL  -- Number of those keys that are columns of the view; the others are only in its
    -- column payload. [rehash]
);
