"""The small model (not built yet; see CHANGELOG)."""
