"""Error against the number of training cases: slopes, figure, page."""
