"""The runs of a pair of samples in; the first step at which they differ out."""
