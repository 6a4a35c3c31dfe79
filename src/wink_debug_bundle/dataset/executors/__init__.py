"""Tasks in; futures of their reports, from processes of this machine or of an engine, out."""
