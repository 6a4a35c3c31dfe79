"""Secrets that are planted in artifacts to prove what redaction leaves: a seed in; artifacts and what they hold out.

`secret_list` makes secrets of the kinds in `token_kinds`, `named_kinds`, `key_blocks` and `own_kinds`, from pieces, so
that no scanner takes this folder for a leak. `place_list` has every place where a bundle can hold one, with the SQL that
reads it; `planting` gives each place its secrets, and the `*_plants` modules write the artifacts. Nothing here is shared
with the code that detects or redacts.
"""
