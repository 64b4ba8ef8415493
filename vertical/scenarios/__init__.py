"""Labelled cases in bulk, seeded, from the plant: inside and outside of what experts are trained for."""
