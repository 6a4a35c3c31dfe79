"""Artifacts in; the order in which they are read, their splits and the tasks of workers out."""
