"""Experts that learn from examples alone, examined beside the solver and the model on the same cases."""
