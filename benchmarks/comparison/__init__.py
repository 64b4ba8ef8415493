"""Neural against symbolic against both behind the router: the same cases, one bill."""
