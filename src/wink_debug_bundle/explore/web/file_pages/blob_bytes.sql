-- Some bytes of a blob, in parts: one of each chunk, which has 1048576 bytes; NULL if the chunk is damaged.
SELECT
    substr(
        stored_chunk(data),
        max(:first - seq * 1048576, 0) + 1,
        min(:first + :count - seq * 1048576, 1048576) - max(:first - seq * 1048576, 0)
    )
FROM blob_chunks
WHERE sha256 = :sha256 AND seq BETWEEN :first / 1048576 AND (:first + :count - 1) / 1048576
ORDER BY seq;
