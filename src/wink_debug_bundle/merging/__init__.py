"""Finished bundles in; one bundle of all of them out."""
