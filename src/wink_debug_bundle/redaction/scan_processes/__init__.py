"""Tasks in; their messages, from several processes or from this one, out."""
