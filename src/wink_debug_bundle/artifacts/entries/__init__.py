"""The entries of a directory in; what each of them is out: an artifact, or why it is not one."""
