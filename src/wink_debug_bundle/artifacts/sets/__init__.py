"""Sources in, sets out: runs in folders, artifacts inside zips, and sources that repeat others."""
