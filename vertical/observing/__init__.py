"""From a log with roles to the features that are weighed."""
