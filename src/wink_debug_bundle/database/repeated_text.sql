-- Bytes of the files whose text an earlier file has as well, and of the whole database. The index of hashes says which are
-- repeated, so that only one row is read of each repeated text.
SELECT
    coalesce(sum((repeated.count - 1) * files.size_bytes), 0),
    (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())
FROM (
    SELECT sha256, min(id) AS id, count(*) AS count
    FROM files
    WHERE sha256 IS NOT NULL
    GROUP BY sha256
    HAVING count(*) > 1
) AS repeated
JOIN files ON files.id = repeated.id
WHERE files.content IS NOT NULL;
