"""Read a zip file in whatever state it is: find its members and return their bytes."""
