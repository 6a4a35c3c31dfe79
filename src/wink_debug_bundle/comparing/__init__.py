"""Two evaluations in; what differs between them, and whether chance explains it, out."""
