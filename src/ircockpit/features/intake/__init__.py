"""Signals from monitors, red-team runs and people: received raw, grouped, reviewed."""
