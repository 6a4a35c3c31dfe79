"""A dataset and a condition in; an ordinary bundle of the runs that it chooses out."""
