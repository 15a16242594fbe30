"""Clocks: which reporting duties an incident calls for, until when, and how sure that is."""
