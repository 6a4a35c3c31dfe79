-- Models, by how many entries of transcripts name them.
SELECT
    count(*) OVER () AS row_count,
    model,
    count(*) AS uses
FROM entries
WHERE model IS NOT NULL
GROUP BY model
ORDER BY uses DESC, model;
