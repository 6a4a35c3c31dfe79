"""Readers that turn the zip of one run into rows of the run, its members, its environment and its files."""
