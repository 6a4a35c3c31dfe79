"""Stored files and blobs in; pages with their text, picture or bytes, trees of archives, and downloads out."""
