"""Words in; the texts of a bundle that have them out, with the place of each: by the full-text index, or by a scan."""
