"""Rows of a dataset in; temporary bundles of them, which are read as any bundle is, out."""
