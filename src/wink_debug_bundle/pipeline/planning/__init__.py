"""Plan a build: order the artifacts, divide them into splits, and group the splits into tasks for workers."""
