"""The samples of two evaluations in; pairs of the same sample out, and the samples that have no pair."""
