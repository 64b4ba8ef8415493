"""What the sensors of an engine can detect and tell apart, before any test; `hotfire.analyze` is the way in."""
