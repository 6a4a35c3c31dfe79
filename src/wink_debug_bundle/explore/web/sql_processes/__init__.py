"""Processes that run SQL: the server side and the process side."""
