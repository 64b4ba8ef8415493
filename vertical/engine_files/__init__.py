"""Engine files: YAML in, engines out, errors by line."""
