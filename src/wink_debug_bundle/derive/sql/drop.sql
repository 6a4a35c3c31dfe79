-- Drop the temporary tables.
DROP TABLE temp.members;
DROP TABLE temp.open_runs;
DROP TABLE temp.split_logs;
DROP TABLE temp.source_names;
DROP TABLE temp.outcomes;
DROP TABLE temp.joined;
DROP TABLE temp.trees;
DROP TABLE temp.shared_sessions;
