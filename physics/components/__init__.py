"""Component declarations, one idea a file."""
