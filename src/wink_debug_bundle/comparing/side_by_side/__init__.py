"""A comparison and its bundles in; one self-contained page with both runs of each flip side by side out."""
