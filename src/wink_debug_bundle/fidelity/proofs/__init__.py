"""Hold a bundle against the hashes that its build stored, and rows against the lines that it keeps."""
