"""The pure heart: errors, ids, time and merge; imports nothing else of the project."""
