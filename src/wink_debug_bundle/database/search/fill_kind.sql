-- Add the texts of one kind to those that the search index is to hold.
INSERT INTO search_rows (kind, row_id, run_id)
SELECT '{kind}', row_id, run_id
FROM ({source});
INSERT INTO search_kinds (kind, row_count) VALUES ('{kind}', changes());
