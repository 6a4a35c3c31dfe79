-- Artifacts inside the zips of runs.
CREATE TEMP TABLE members (artifact_id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL);
-- Runs whose calls were not put together when they were read.
CREATE TEMP TABLE open_runs (run_id INTEGER PRIMARY KEY);
-- Logs that may have been read in more than one block.
CREATE TEMP TABLE split_logs (artifact_id INTEGER PRIMARY KEY);
-- Names of the sources of a call, for each sum of their bits.
CREATE TEMP TABLE source_names (source_bits INTEGER PRIMARY KEY, names TEXT NOT NULL);
-- Whether each outcome counts as success; NULL if that is unknown.
CREATE TEMP TABLE outcomes (outcome TEXT PRIMARY KEY, success INTEGER) WITHOUT ROWID;
-- Call fragments that are one call: the first, the one with its start, and the one with its end.
CREATE TEMP TABLE joined (first_id INTEGER PRIMARY KEY, start_id INTEGER, end_id INTEGER);
