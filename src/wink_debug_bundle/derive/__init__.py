"""Rows that follow from the rows of several artifacts: tool calls, failures and parts of prompts."""
