-- Models of all shards, the most frequent first.
SELECT name
FROM models
GROUP BY name
ORDER BY sum(uses) DESC, name;
