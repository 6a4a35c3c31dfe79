"""Readers that turn zips of an agent's files into rows of files and of the byte ranges between members."""
