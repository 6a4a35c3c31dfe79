"""What follows from the rows of all artifacts together: rows in, rows out, and the SQL that moves them."""
