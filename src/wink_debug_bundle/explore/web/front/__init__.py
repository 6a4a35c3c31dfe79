"""The first page: a bundle in; what happened, charts, questions and tables out."""
