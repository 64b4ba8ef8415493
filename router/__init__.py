"""Routing between experts (not built yet; see CHANGELOG)."""
