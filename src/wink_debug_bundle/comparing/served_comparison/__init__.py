"""Evaluations in served bundles in; pages that compare them, made by processes that can be killed, out."""
