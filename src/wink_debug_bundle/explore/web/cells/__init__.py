"""Values of rows in; links, labels and whole values as a page shows them out."""
