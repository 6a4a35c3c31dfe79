"""Finished bundles against what they were built from: rebuild artifacts, check, compare, write them back."""
