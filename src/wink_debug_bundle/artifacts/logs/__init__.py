"""Blocks of log lines in; rows of log records, tool calls and transcript entries out."""
