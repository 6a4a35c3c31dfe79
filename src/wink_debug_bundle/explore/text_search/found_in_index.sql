-- The rows of the index that have the words and pass the filters, with their relevance: less is better. Very many are
-- not all taken, and those of the most telling kinds come first. A log message is short, which FTS5 takes for relevance.
SELECT
    search_rows.id,
    search_rows.kind,
    search_rows.row_id,
    search_rows.run_id,
    bm25(search_index) * CASE search_rows.kind
        WHEN 'failure' THEN 1.5
        WHEN 'message' THEN 1.3
        WHEN 'log' THEN 0.6
        WHEN 'context' THEN 0.5
        ELSE 1.0
    END AS score
FROM search_index
CROSS JOIN search_rows ON search_rows.id = search_index.rowid
WHERE search_index MATCH :match
    AND search_rows.kind IN (SELECT value FROM json_each(:kinds))
    AND (:runs IS NULL OR search_rows.run_id IN (SELECT value FROM json_each(:runs)))
    AND (
        :tool IS NULL
        OR CASE search_rows.kind
            WHEN 'call' THEN (SELECT calls.tool_name FROM calls WHERE calls.id = search_rows.row_id)
            WHEN 'result' THEN (SELECT calls.tool_name FROM calls WHERE calls.id = search_rows.row_id)
            WHEN 'message' THEN (SELECT entries.tool_name FROM entries WHERE entries.id = search_rows.row_id)
            WHEN 'failure' THEN (
                SELECT failures.name FROM failures WHERE failures.id = search_rows.row_id AND failures.kind = 'tool'
            )
        END = :tool
    )
    AND (
        :level IS NULL
        OR CASE
            WHEN search_rows.kind IN ('log', 'context') THEN (
                SELECT logs.level FROM logs WHERE logs.id = search_rows.row_id
            )
        END = :level
    )
LIMIT :most;
