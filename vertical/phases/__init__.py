"""The phases of a test, found from its signals."""
