"""Commands that make a bundle ready to be given to others."""
