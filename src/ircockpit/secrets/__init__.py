"""Secrets by the name of their source: resolved when needed, never stored, shown or logged."""
