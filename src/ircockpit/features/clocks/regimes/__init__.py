"""Reporting duties that come with the program, as data: one file for each body of law."""
