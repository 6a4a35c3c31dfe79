-- List every slice class that has items; the name of its view is added when the view is created.
INSERT INTO slice_views (slice_type, view_name, item_count, key_count, column_count)
SELECT slice_type, NULL, count(*), 0, 0
FROM slice_items
GROUP BY slice_type;
