"""Processes and threads of the package's own: how they are started."""
