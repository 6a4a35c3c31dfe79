"""A run or a session in; its story, step by step, out, as data and as text."""
