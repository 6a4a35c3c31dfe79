"""Build a bundle from artifacts: plan, load, finalize, publish."""
