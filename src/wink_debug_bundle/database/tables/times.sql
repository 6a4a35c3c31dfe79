CREATE TABLE times (
    -- One row for each time in a bundle that does not sort as text among the library's times, because it has another
    -- offset than +00:00 or another number of digits. Views sort by the time in UTC.
    time TEXT PRIMARY KEY,  -- The time as logs, sessions, snapshots, runs and events have it. [keep]
    utc TEXT  -- The same time in UTC, as the library writes times; without an offset it counts as UTC. NULL if it is no
    -- ISO 8601 time. [keep]
);
