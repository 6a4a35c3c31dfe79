"""Write the rows of a query as text, in the requested format, width or budget."""
