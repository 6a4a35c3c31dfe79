"""Discover the files on disk, recognise what they hold, and read them into rows; nothing here knows SQLite."""
