"""Taxonomies that come with the program, ids and names only; data, no code."""
