CREATE VIEW files AS
-- One row for each file of a filesystem archive, or of the filesystem in a run's zip. It has the columns of the table
-- files that a bundle has which does not share text.
SELECT
    file_entries.id,  -- Position in the bundle.
    file_entries.archive_id,  -- Name of the zip without its ending: the library uses a UUID, for a run's zip a UUID
    -- and the time.
    file_entries.session_id,  -- Session the archive belongs to, if its name, its folder or its run names one.
    file_entries.path,  -- Path of the file in the archive; in a run's zip, below its folder filesystem.
    file_entries.size_bytes,  -- Size of the file in bytes; of one that could not be read, as the archive claims.
    (
        SELECT texts.content FROM texts
        WHERE texts.sha256 = file_entries.sha256
    ) AS content,  -- Text of the file if it is UTF-8 and smaller than 1 MiB; other files have their bytes in blobs, and
    -- files that could not be read have none.
    file_entries.is_binary,  -- 1 if the file is not UTF-8 text, whatever its size, else 0.
    file_entries.artifact_id,  -- Archive that contains the file.
    file_entries.member,  -- Position in the directory of the archive, from 1.
    file_entries.sha256,  -- SHA-256 of the file's bytes; if content is NULL, also their key in blobs. NULL if the file
    -- could not be read; problems says why.
    file_entries.modified_at,  -- When the file was modified, as the archive records it: local time of its writer, ISO
    -- 8601 without a time zone.
    file_entries.mode  -- Unix file type and permission bits that the archive records; NULL if it has none.
FROM file_entries;
