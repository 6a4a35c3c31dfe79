-- Find the keys of each slice class in the items themselves, for a bundle whose readers recorded none.
INSERT OR IGNORE INTO slice_keys (slice_type, part, key)
SELECT DISTINCT slice_type, 'item', ''
FROM slice_items
UNION ALL
SELECT DISTINCT slice_type, 'other', ''
FROM slice_items
WHERE NOT json_valid(payload) OR json_type(payload) != 'object'
UNION ALL
SELECT DISTINCT slice_items.slice_type, 'key', entry.key
FROM slice_items
CROSS JOIN json_each(CASE WHEN json_valid(payload) AND json_type(payload) = 'object' THEN payload END) AS entry;
