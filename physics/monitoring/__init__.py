"""Diagnosis sample by sample of an engine that is throttled: residuals of its own equations, and who explains them."""
