"""Combustion thermochemistry by Cantera, with cached tables."""
