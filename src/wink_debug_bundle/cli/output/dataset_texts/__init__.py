"""What was done with a dataset, and what it holds, in; lines for people out."""
