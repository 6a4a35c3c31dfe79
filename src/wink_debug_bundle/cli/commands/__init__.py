"""The commands, one module for each: parse the arguments, call the library, print the result."""
