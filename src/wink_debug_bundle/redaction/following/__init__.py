"""Changed rows in; everything that follows from them, out: hashes, sizes, ledgers, directories of zips."""
