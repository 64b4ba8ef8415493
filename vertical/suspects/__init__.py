"""Channels that are doubted before a fault of the engine is believed."""
