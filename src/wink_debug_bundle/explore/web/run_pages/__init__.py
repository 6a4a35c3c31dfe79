"""A run's name in a request in; the page with its story out."""
