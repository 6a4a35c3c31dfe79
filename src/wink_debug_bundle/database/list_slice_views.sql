-- Every slice class that there are items of; its view is noted when it is made.
INSERT INTO slice_views (slice_type, view_name, item_count, key_count, column_count)
SELECT slice_type, NULL, count(*), 0, 0
FROM slice_items
GROUP BY slice_type;
