"""Many texts in; which rules may match in which of them, and where, out."""
