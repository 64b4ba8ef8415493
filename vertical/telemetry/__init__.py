"""Reading of test logs: dialects, channel maps, time bases, data quality."""
