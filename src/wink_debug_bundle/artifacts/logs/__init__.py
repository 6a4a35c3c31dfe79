"""Readers that turn blocks of log lines into rows of log records, tool calls and transcript entries."""
