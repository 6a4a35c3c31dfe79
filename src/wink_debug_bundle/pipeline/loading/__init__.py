"""Load tasks into the database under construction, with worker processes or in this process."""
