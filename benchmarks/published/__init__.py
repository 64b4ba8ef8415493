"""Published figures of engines, and how to read each off the model: one file an engine."""
