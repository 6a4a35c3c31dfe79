"""Turn results, summaries, progress and errors into text for a terminal or a pipe."""
