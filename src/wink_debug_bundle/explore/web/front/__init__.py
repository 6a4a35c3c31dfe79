"""The first page and that of a search: a bundle in; what happened, charts, questions, tables and found texts out."""
