"""Reusable widgets: they know lines, rows and keys, and neither store nor network."""
