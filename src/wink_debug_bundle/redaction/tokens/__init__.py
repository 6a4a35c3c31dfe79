"""Values in; the tokens that stand for them out."""
