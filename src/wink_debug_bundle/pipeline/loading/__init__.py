"""Tasks in; rows in the database under construction out, by worker processes or by this one."""
