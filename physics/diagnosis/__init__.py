"""Diagnosis by physics: features of a log forecast by the model, and hypotheses weighed against them."""
