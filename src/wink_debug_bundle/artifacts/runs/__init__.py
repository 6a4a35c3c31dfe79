"""The zip of one run in; rows of the run, its members, its environment and its files out."""
