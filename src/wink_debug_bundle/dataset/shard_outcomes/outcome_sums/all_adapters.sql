-- Adapters of all shards, the most frequent first.
SELECT name
FROM adapters
GROUP BY name
ORDER BY sum(uses) DESC, name;
