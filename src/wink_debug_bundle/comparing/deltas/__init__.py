"""Pairs of samples and two bundles in; what changed, kind by kind, out."""
