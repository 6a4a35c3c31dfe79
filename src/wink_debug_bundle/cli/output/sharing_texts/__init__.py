"""What was done to a bundle that is given to others, in; lines out."""
