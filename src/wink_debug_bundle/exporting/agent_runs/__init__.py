"""A bundle in; what each of its runs consists of, without the words, out: agents, their turns, their tool calls."""
