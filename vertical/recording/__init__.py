"""Logs as test stands record and write them."""
