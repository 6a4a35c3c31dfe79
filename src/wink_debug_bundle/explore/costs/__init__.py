"""Say what a bundle's tokens cost: usage and a table of prices in, rows of money out."""
