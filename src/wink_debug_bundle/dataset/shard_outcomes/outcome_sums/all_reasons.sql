-- The three most frequent reasons of failures in all shards, and where the first shard with each lists it.
SELECT
    sum(failure_count) AS all_count,
    min(shard_place) AS first_shard,
    place  -- That of the row with the least shard_place, as SQLite takes such columns from the row of min.
FROM reasons
GROUP BY evaluation, kind, name, signature
ORDER BY
    CASE kind WHEN 'tool' THEN 1 WHEN 'log' THEN 2 ELSE 0 END,
    all_count DESC,
    kind,
    name,
    signature,
    evaluation
LIMIT 3;
