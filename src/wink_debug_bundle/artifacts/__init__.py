"""What lies on disk: discover it, recognise it, read it. Bytes in, rows out; nothing here knows SQLite."""
