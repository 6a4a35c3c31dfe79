"""What processes of the package's own are started by."""
