-- Some bytes of a file whose text is in its row.
SELECT substr(CAST(content AS BLOB), :first + 1, :count) FROM files WHERE id = :file;
