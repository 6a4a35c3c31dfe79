-- The best of the texts that were found, each with the words in it marked. A snippet has 32 words, which may be of any
-- length: of a long one, what is around the first mark.
WITH
    found AS MATERIALIZED ({found}),
    best AS MATERIALIZED (SELECT * FROM found ORDER BY score, id LIMIT :limit OFFSET :start),
    marked AS MATERIALIZED (
        SELECT best.*, snippet(search_index, 0, :begin_mark, :end_mark, '…', 32) AS snippet
        FROM best
        CROSS JOIN search_index ON search_index.rowid = best.id
        WHERE search_index MATCH :match
    ),
    placed AS (SELECT *, max(instr(snippet, :begin_mark) - 200, 1) AS first FROM marked)
SELECT
    kind,
    row_id,
    run_id,
    CASE
        WHEN length(snippet) <= 1000 THEN snippet
        ELSE iif(first > 1, '…', '')
            || substr(snippet, first, 1000)
            || iif(length(snippet) >= first + 1000, '…', '')
    END
FROM placed
ORDER BY score, id;
