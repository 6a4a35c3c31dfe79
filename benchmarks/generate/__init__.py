"""Seeded artifacts in the shapes that the library writes, made from templates because dumping each record is slow."""
