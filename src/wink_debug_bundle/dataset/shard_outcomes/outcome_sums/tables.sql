-- What the shards list, one row for each of a shard.
CREATE TABLE evaluations (
    evaluation TEXT,
    runs INTEGER,
    passed INTEGER,
    failed INTEGER,
    errors INTEGER,
    unscored INTEGER
);
CREATE TABLE experiments (
    evaluation TEXT,
    experiment TEXT,
    samples INTEGER,
    passed INTEGER,
    failed INTEGER,
    errors INTEGER,
    unscored INTEGER,
    score REAL,
    scored INTEGER,
    total_tokens INTEGER
);
CREATE TABLE reasons (
    evaluation TEXT,
    kind TEXT,
    name TEXT,
    signature TEXT,
    failure_count INTEGER,
    shard_place INTEGER,
    place INTEGER
);
CREATE TABLE models (name TEXT, uses INTEGER);
CREATE TABLE adapters (name TEXT, uses INTEGER);
CREATE TABLE tools (
    name TEXT,
    timed_count INTEGER,
    total_ms REAL,
    max_ms REAL
);
