CREATE TABLE digests (
    -- What the bundle held when it was built: a hash for each other table's rows and for each object of the schema.
    kind TEXT NOT NULL,  -- What is hashed: 'rows' (of a table) or 'sql' (the statement that creates a table, an index
    -- or a view). [keep]
    name TEXT NOT NULL,  -- Name of the table, index or view. [rehash]
    row_count INTEGER NOT NULL,  -- Number of rows in the hash; 1 for SQL. [rehash]
    sha256 TEXT NOT NULL,  -- SHA-256 of the SQL, or of the rows as MessagePack arrays in the order of their keys, as
    -- docs/architecture.md describes. [rehash]
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
