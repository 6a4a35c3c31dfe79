-- What is known of the artifacts and of names, and the parts that make one call.
CREATE TEMP TABLE members (artifact_id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL);
CREATE TEMP TABLE split_logs (artifact_id INTEGER PRIMARY KEY);
CREATE TEMP TABLE source_names (source_bits INTEGER PRIMARY KEY, names TEXT NOT NULL);
CREATE TEMP TABLE outcomes (outcome TEXT PRIMARY KEY, success INTEGER) WITHOUT ROWID;
CREATE TEMP TABLE joined (whole_id INTEGER PRIMARY KEY, start_id INTEGER, end_id INTEGER);
