"""Commands that show a bundle as pages: from a server, or as one file."""
