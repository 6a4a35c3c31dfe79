-- The best of the texts that were found, each with the words in it marked.
WITH
    found AS MATERIALIZED ({found}),
    best AS MATERIALIZED (SELECT * FROM found ORDER BY score, id LIMIT :limit OFFSET :start)
SELECT
    best.kind,
    best.row_id,
    best.run_id,
    snippet(search_index, 0, :begin_mark, :end_mark, '…', 32)
FROM best
CROSS JOIN search_index ON search_index.rowid = best.id
WHERE search_index MATCH :match
ORDER BY best.score, best.id;
