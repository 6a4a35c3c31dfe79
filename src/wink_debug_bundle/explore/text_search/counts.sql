-- How many texts of each kind were found.
WITH found AS MATERIALIZED ({found})
SELECT
    kind,
    count(*)
FROM found
GROUP BY kind;
