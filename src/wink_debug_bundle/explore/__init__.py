"""Read finished bundles: statistics, saved queries, exports, Datasette."""
