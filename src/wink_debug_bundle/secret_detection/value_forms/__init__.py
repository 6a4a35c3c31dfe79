"""A value in; the forms that it has in texts, and how much of each tells where a text was cut, out."""
