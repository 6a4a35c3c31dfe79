"""Results, summaries and errors in; what a terminal or a pipe is given out."""
