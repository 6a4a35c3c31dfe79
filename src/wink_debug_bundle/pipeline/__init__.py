"""The way from artifacts to a bundle: plan, load, settle, publish."""
